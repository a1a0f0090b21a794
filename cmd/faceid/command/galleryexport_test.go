package command

import "testing"

func TestGalleryExportFlags(t *testing.T) {
	testFlags(t, newGalleryExport, []flagCase[galleryExportOptions]{
		{args: "all.jsonl", want: &galleryExportOptions{out: "all.jsonl"}},
		{args: "all.npz --no-trunk --numbers", want: &galleryExportOptions{out: "all.npz",
			noTrunk: true, numbers: true}},
		{args: "all.npz --force", want: &galleryExportOptions{out: "all.npz", force: true}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "all.csv", bad: "all.csv: unknown format"},
	})
}
