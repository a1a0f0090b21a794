package command

import "testing"

func TestGalleryImportFlags(t *testing.T) {
	testFlags(t, newGalleryImport, []flagCase[galleryImportOptions]{
		{args: "all.jsonl", want: &galleryImportOptions{in: "all.jsonl"}},
		{args: "all.npz --model m --plain", want: &galleryImportOptions{in: "all.npz", model: "m", plain: true}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "all.csv", bad: "all.csv: unknown format"},
		{args: "all.npz --plain", bad: "goes with --model"},
	})
}
