package recognize

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/models"
)

// Migrated is what Migrate did.
type Migrated struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Templates int    `json:"templates"` // recomputed; 0: the gallery was the model's already
	// Cohort is how many strangers normalised the scores of the old model (see package normalise): they do so no more,
	// since their embeddings, of which only the moments are kept, cannot follow. 0: there was none.
	Cohort int `json:"cohort_dropped,omitempty"`
}

// Migrate makes the gallery one of a fine-tuned model: all templates are recomputed from their trunk features, without
// the photos. It refuses with gallery.ErrModel a model that differs from the gallery's in more than its final layer:
// trunk features of another model would give plausible vectors that mean nothing. progress may be nil.
func (r *Recognizer) Migrate(ctx context.Context, model string, progress func(done, total int)) (Migrated, error) {
	entry, onnx, err := r.store.Load(ctx, model)
	if err != nil {
		return Migrated{}, err
	}
	if entry.Role != models.RoleEmbedder {
		return Migrated{}, &RoleError{model, string(entry.Role), string(models.RoleEmbedder)}
	}
	g, err := r.Store(ctx, "be migrated")
	if errors.Is(err, fs.ErrNotExist) {
		return Migrated{}, fmt.Errorf("%s: %w", r.o.Gallery, ErrNoneYet)
	}
	if err != nil {
		return Migrated{}, err
	}
	info, err := g.Info(ctx)
	if err != nil {
		return Migrated{}, err
	}
	if info.Model.SHA256 == entry.SHA256 {
		return Migrated{From: info.Model.Name, To: entry.Name}, nil
	}
	if err := r.sameTrunk(ctx, info.Model, onnx); err != nil {
		return Migrated{}, err
	}
	l, err := finetune.LayerOf(onnx)
	if err != nil {
		return Migrated{}, err
	}
	to := gallery.Model{Name: entry.Name, SHA256: entry.SHA256, Dim: entry.Output.Dim, Views: info.Model.Views}
	was, _ := calibrationOf(ctx, g, info) // a damaged one says nothing, and is lost in any case
	out := Migrated{From: info.Model.Name, To: entry.Name, Templates: info.Templates}
	if was != nil && was.Cohort != nil {
		out.Cohort = was.Cohort.People
	}
	return out, r.Settled(ctx, g.Migrate(ctx, to, l.W, l.B, &sqlite.MigrateOptions{Progress: progress}))
}

// sameTrunk refuses a model that is not the gallery's own but for its final layer.
func (r *Recognizer) sameTrunk(ctx context.Context, have gallery.Model, tuned []byte) error {
	e, err := r.modelOf(have.SHA256)
	if err != nil {
		return &ModelError{Gallery: r.o.Gallery, Have: have}
	}
	_, base, err := r.store.Load(ctx, e.Name)
	if err != nil {
		return err
	}
	same, err := dense.SameTrunk(base, tuned)
	if err == nil && !same {
		err = fmt.Errorf("%w: the new model differs from %s in more than its final layer", gallery.ErrModel, have.Name)
	}
	return err
}
