package sqlite_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// held is a context that holds up whoever asks for its error first, until it is let go.
type held struct {
	context.Context
	asked, free chan bool
}

func (h *held) Err() error {
	select {
	case <-h.asked:
	default:
		close(h.asked)
		<-h.free
	}
	return nil
}

// TestMigrateMeanwhile begins operations with vectors of the old model before the same Store has migrated, and lets
// them go on afterwards.
func TestMigrateMeanwhile(t *testing.T) {
	const dim = 8
	r := rand.New(rand.NewPCG(3, 3))
	v, w := randVec(r, dim), randVec(r, dim*dim)
	for name, f := range map[string]func(context.Context, *sqlite.Store) error{
		"enrol": func(ctx context.Context, s *sqlite.Store) error {
			_, err := s.Enrol(ctx, []gallery.Enrolment{{Name: "late", Templates: []gallery.Template{{Embedding: v}}}},
				nil)
			return err
		},
		"search": func(ctx context.Context, s *sqlite.Store) error {
			_, err := s.Search(ctx, [][]float32{v}, nil)
			return err
		},
		"migrate": func(ctx context.Context, s *sqlite.Store) error {
			to := *model(dim)
			to.SHA256 = "dead"
			return s.Migrate(ctx, to, w, nil, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "g")
			s := open(t, path, dim)
			_, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada",
				Templates: []gallery.Template{{Embedding: v, Trunk: v}}}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, done := &held{t.Context(), make(chan bool), make(chan bool)}, make(chan error)
			to := *model(dim)
			to.SHA256 = "beef"
			err = s.Migrate(t.Context(), to, w, nil, &sqlite.MigrateOptions{Progress: func(int, int) {
				go func() { done <- f(ctx, s) }()
				<-ctx.asked
			}})
			close(ctx.free)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-done; !errors.Is(err, gallery.ErrModel) {
				t.Errorf("begun before the migration: %v", err)
			}
			if i, err := s.Info(t.Context()); err != nil || i.Templates != 1 || i.Model.SHA256 != "beef" {
				t.Errorf("%+v, %v", i, err)
			}
			if err := f(t.Context(), s); err != nil && name != "migrate" {
				t.Errorf("begun after the migration: %v", err)
			}
		})
	}
}
