package command

import "testing"

func TestGalleryRejectFlags(t *testing.T) {
	testFlags(t, newGalleryReject, []flagCase[galleryRejectOptions]{
		{args: "a.jpg Ada", want: &galleryRejectOptions{photo: "a.jpg", who: "Ada"}},
		{args: "a.jpg --everybody", want: &galleryRejectOptions{photo: "a.jpg", everybody: true}},
		{args: "a.jpg", bad: "who is it not"},
		{args: "a.jpg Ada --everybody", bad: "who is it not"},
		{args: "", bad: "accepts between 1 and 2"},
	})
}
