package command

import "testing"

func TestGalleryMigrateFlags(t *testing.T) {
	testFlags(t, newGalleryMigrate, []flagCase[galleryMigrateOptions]{
		{args: "--model tuned", want: &galleryMigrateOptions{model: "tuned"}},
		{args: "", bad: `required flag(s) "model" not set`},
		{args: "tuned", bad: "unknown command"},
	})
}
