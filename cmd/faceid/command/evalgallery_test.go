package command

import "testing"

func TestEvalGalleryFlags(t *testing.T) {
	testFlags(t, newEvalGallery, []flagCase[evalGalleryOptions]{
		{args: "", want: &evalGalleryOptions{}},
		{args: "--groups g.csv -o s.png", want: &evalGalleryOptions{groups: "g.csv", sheet: "s.png"}},
		{args: "--sheet s.jpg", bad: "end the name in .png"},
		{args: "people", bad: "unknown command"},
	})
}
