package command

import "testing"

func TestGalleryMoveFlags(t *testing.T) {
	testFlags(t, newGalleryMove, []flagCase[galleryMoveOptions]{
		{args: "7 9 #3", want: &galleryMoveOptions{templates: []int64{7, 9}, person: "#3"}},
		{args: "7 Kofi --new", want: &galleryMoveOptions{templates: []int64{7}, person: "Kofi", create: true}},
		{args: "7", bad: "requires at least 2 arg(s)"},
		{args: "Ada Kofi", bad: "is not the number of a template"},
		{args: "-1 Kofi", bad: "unknown shorthand flag"},
	})
}
