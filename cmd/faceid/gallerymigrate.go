package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"faceid/finetune"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/models"
)

func newGalleryMigrate(a *app) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "migrate --model NAME",
		Short: "Recompute all templates for a fine-tuned model, without the photos",
		Long: `A fine-tuned model differs in its final layer only, so all templates are recomputed from the stored trunk features in
one transaction. Killed half-way, the gallery is the old one or the new one, whole.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			s, err := a.openModels()
			if err != nil {
				return err
			}
			entry, onnx, err := s.Load(ctx, name)
			if err != nil {
				return err
			}
			if entry.Role != models.RoleEmbedder {
				return errFlag("model", name, "is a "+string(entry.Role)+", not an embedder")
			}
			g, err := a.openStore(ctx, "be migrated")
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					return withHint(err, "there is no gallery to migrate")
				}
				return err
			}
			info, err := g.Info(ctx)
			if err != nil {
				return err
			}
			if info.Model.SHA256 == entry.SHA256 {
				return a.printMigrated(migratedLine{info.Model.Name, entry.Name, 0})
			}
			if err := sameTrunk(ctx, s, info.Model, onnx); err != nil {
				return err
			}
			l, err := finetune.LayerOf(onnx)
			if err != nil {
				return err
			}
			b := a.progress("migrating", int64(info.Templates))
			err = g.Migrate(ctx, gallery.Model{Name: entry.Name, SHA256: entry.SHA256, Dim: entry.Output.Dim, Views: info.Model.Views}, l.W, l.B,
				&sqlite.MigrateOptions{Progress: func(done, _ int) { b.set(int64(done)) }})
			b.finish()
			if err != nil {
				return err
			}
			return a.printMigrated(migratedLine{info.Model.Name, entry.Name, info.Templates})
		},
	}
	cmd.Flags().StringVar(&name, "model", "", "the fine-tuned embedder's `NAME`")
	if err := cmd.MarkFlagRequired("model"); err != nil {
		panic(err)
	}
	return cmd
}

// migratedLine is the answer of gallery migrate.
type migratedLine struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Templates int    `json:"templates"` // recomputed; 0: the gallery was the model's already
}

func (a *app) printMigrated(l migratedLine) error {
	switch {
	case a.json:
		return a.printJSON(l)
	case l.Templates == 0:
		a.printf("the gallery is one of %s already\n", l.To)
	default:
		a.printf("%s migrated from %s to %s\n", plural(l.Templates, "template", "templates"), l.From, l.To)
	}
	return nil
}

// sameTrunk refuses a model that is not the gallery's own but for its final layer: trunk features of another model would give
// plausible vectors that mean nothing.
func sameTrunk(ctx context.Context, s *models.Store, have gallery.Model, tuned []byte) error {
	for _, e := range s.Entries() {
		if e.Role != models.RoleEmbedder || e.SHA256 != have.SHA256 {
			continue
		}
		_, base, err := s.Load(ctx, e.Name)
		if err != nil {
			return err
		}
		same, err := finetune.SameTrunk(base, tuned)
		if err != nil {
			return err
		}
		if !same {
			return withHint(fmt.Errorf("%w: the new model differs from %s in more than its final layer", gallery.ErrModel, have.Name), "enrol the photos again into another --gallery")
		}
		return nil
	}
	return withHint(fmt.Errorf("%w: the gallery's model %s (%.12s…) is not here to compare with", gallery.ErrModel, have.Name, have.SHA256), "faceid models add it first")
}
