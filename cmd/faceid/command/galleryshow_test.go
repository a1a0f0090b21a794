package command

import "testing"

func TestGalleryShowFlags(t *testing.T) {
	testFlags(t, newGalleryShow, []flagCase[galleryShowOptions]{
		{args: "Ada #3", want: &galleryShowOptions{people: []string{"Ada", "#3"}}},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: "--nonsense Ada", bad: "unknown flag"},
	})
}
