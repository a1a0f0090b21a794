package curate

import (
	"context"
	"fmt"
	"slices"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
	"faceid/recognize"
)

// Check looks for damage in a gallery's file, and for what damages nothing and is yet rarely meant. It changes nothing.
func Check(ctx context.Context, name string) (sqlite.Report, error) {
	if name == "" {
		return sqlite.Report{}, recognize.ErrNoGallery
	}
	if recognize.IsAddress(name) {
		return sqlite.Report{}, hint.With(
			fmt.Errorf("%s: a cluster keeps its own checks; this one is for a gallery file", name),
			"faceid gallery repair finds templates that a cluster's searches miss")
	}
	r, err := sqlite.Check(ctx, name)
	// A photo of one person may well be an example of whom another is not.
	r.Doubles = slices.DeleteFunc(r.Doubles, func(d gallery.Double) bool {
		return recognize.IsRejection(d.Person) || recognize.IsRejection(d.Other)
	})
	return r, err
}
