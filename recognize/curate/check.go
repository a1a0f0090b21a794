package curate

import (
	"context"
	"fmt"
	"slices"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
	"faceid/recognize"
	"faceid/recognize/rejection"
)

// Report is what Check found. Info and Empty are of people, without examples of whom a face is not.
type Report struct {
	sqlite.Report
	Examples int `json:"examples"`
}

// Tally is who the gallery holds.
func (r *Report) Tally() rejection.Tally {
	return rejection.Tally{People: r.Info.People, Templates: r.Info.Templates, Empty: len(r.Empty),
		Examples: r.Examples}
}

// Check looks for damage in a gallery's file, and for what damages nothing and is yet rarely meant. It changes nothing.
func Check(ctx context.Context, name string) (Report, error) {
	if name == "" {
		return Report{}, recognize.ErrNoGallery
	}
	if recognize.IsAddress(name) {
		return Report{}, hint.With(
			fmt.Errorf("%s: a cluster keeps its own checks; this one is for a gallery file", name),
			"faceid gallery repair finds templates that a cluster's searches miss")
	}
	theirs, examples := 0, map[int64]bool{}
	r, err := sqlite.Check(ctx, name, func(ctx context.Context, l gallery.Listing) error {
		for p, err := range l.People(ctx) {
			if err != nil {
				return err
			}
			if rejection.Is(p) {
				examples[p.ID] = true
			}
		}
		for t, err := range l.Sources(ctx, 0) {
			if err != nil {
				return err
			}
			if examples[t.PersonID] {
				theirs++
			}
		}
		return nil
	})
	r.Info.People, r.Info.Templates = r.Info.People-len(examples), r.Info.Templates-theirs
	// A photo of one person may well be an example of whom another is not.
	r.Doubles = slices.DeleteFunc(r.Doubles, func(d gallery.Double) bool {
		return rejection.Is(d.Person) || rejection.Is(d.Other)
	})
	r.Empty = slices.DeleteFunc(r.Empty, rejection.Is)
	return Report{r, len(examples)}, err
}
