package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"faceid/internal/words"
	"faceid/recognize/curate"
)

func newGalleryCheck(_ *app, run func(context.Context) error) *cobra.Command {
	cmd := bare("check", "Look for damage; changes nothing", run)
	cmd.Long = "Reads the whole gallery and compares the search index with it. Remarks names that look alike, the " +
		"same photo under two people, and people without a photo. Exit code 0: sound; 2: damaged."
	return cmd
}

func (a *app) galleryCheck(ctx context.Context) error {
	name := a.galleryName()
	r, err := curate.Check(ctx, name)
	if err != nil {
		return err
	}
	if err := a.printJSON(r); err != nil {
		return err
	}
	for _, p := range r.Problems {
		a.printf("%s\n", p)
	}
	for _, o := range r.Remarks() {
		a.remark("%s", o)
	}
	if !r.OK() {
		return withHint(fmt.Errorf("%s: %s", name, words.Plural(len(r.Problems), "problem", "problems")),
			"restore a copy; or take damaged templates out, the rest is sound then: faceid gallery remove --template")
	}
	a.printf("%s: sound: %s; search index: %s\n", name, r.Tally(), r.Index)
	return nil
}
