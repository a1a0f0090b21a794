package command

import "testing"

func TestGalleryRenameFlags(t *testing.T) {
	testFlags(t, newGalleryRename, []flagCase[galleryRenameOptions]{
		{args: "#3 Ada", want: &galleryRenameOptions{who: "#3", name: "Ada"}},
		{args: `Ada Ada --metadata {"badge":17}`, want: &galleryRenameOptions{who: "Ada", name: "Ada",
			metadata: `{"badge":17}`}},
		{args: "Ada Grace --namesake", want: &galleryRenameOptions{who: "Ada", name: "Grace", namesake: true}},
		{args: "Ada ", bad: "the new name is blank"},
		{args: "Ada \t", bad: "the new name is blank"},
		{args: "Ada \tGrace\n", want: &galleryRenameOptions{who: "Ada", name: "Grace"}},
		{args: "Ada", bad: "accepts 2 arg(s)"},
		{args: "Ada Grace Eve", bad: "accepts 2 arg(s)"},
	})
}
