package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/words"
)

func newGalleryStats(_ *app, run func(context.Context) error) *cobra.Command {
	return bare("stats", "Show model, counts and sizes", run)
}

func (a *app) galleryStats(ctx context.Context) error {
	e, err := a.engine(ctx)
	if err != nil {
		return err
	}
	s, ok := e.(*sqlite.Store)
	if !ok {
		info, err := e.Info(ctx)
		if err != nil {
			return err
		}
		a.printInfo(info)
		return a.printJSON(info)
	}
	st, err := s.Stats(ctx)
	if err != nil {
		return err
	}
	a.printInfo(st.Info)
	a.printf("created     %s\nfile        %s (%s free), index %s\n", st.Created.Local().Format("2006-01-02 15:04"),
		words.Size(st.Bytes), words.Size(st.FreeBytes), words.Size(st.IndexBytes))
	if st.WithoutTrunk > 0 {
		a.printf("%s templates have no trunk feature: they cannot follow a fine-tuned model\n",
			words.Thousands(st.WithoutTrunk))
	}
	return a.printJSON(st)
}

func (a *app) printInfo(i gallery.Info) {
	search := "exact"
	if !i.Exact {
		search = "approximate"
	}
	a.printf("gallery     %s (%s, search is %s)\n", a.galleryName(), i.Engine, search)
	a.printf("model       %s, %d dimensions, %s views, sha256 %.12s…\n", i.Model.Name, i.Model.Dim,
		i.Model.Views, i.Model.SHA256)
	a.printf("people      %s\ntemplates   %s\n", words.Thousands(i.People), words.Thousands(i.Templates))
}
