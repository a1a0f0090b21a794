package command

import "testing"

func TestGalleryMergeFlags(t *testing.T) {
	testFlags(t, newGalleryMerge, []flagCase[galleryMergeOptions]{
		{args: "Ada #3 Kofi", want: &galleryMergeOptions{into: "Ada", from: []string{"#3", "Kofi"}}},
		{args: "Ada", bad: "requires at least 2 arg(s)"},
	})
}
