package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"faceid/finetune"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/models"
)

// migrate enrols n templates, real trunk features over and over, and times the move to the tuned layer.
func migrate(ctx context.Context, n int, d *finetune.Dataset, start, tuned finetune.Layer,
	entry models.Entry) (float64, error) {
	dir, err := os.MkdirTemp("", "faceid-bench-migrate")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	model := gallery.Model{Name: entry.Name, SHA256: entry.SHA256, Dim: start.D, Views: "plain"}
	s, err := sqlite.Open(filepath.Join(dir, "bench.faceid"), &sqlite.Options{Model: &model, Create: true})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	const perPerson = 10
	var batch []gallery.Enrolment
	e := make([]float32, d.Len()*start.D)
	start.Embed(e, d.X)
	for at := 0; at < n; {
		who := gallery.Enrolment{Name: fmt.Sprintf("person %d", at/perPerson)}
		for range min(perPerson, n-at) {
			i := at % d.Len()
			who.Templates = append(who.Templates, gallery.Template{
				Embedding: e[i*start.D : (i+1)*start.D], Trunk: d.X[i*d.T : (i+1)*d.T],
				Source: gallery.Source{Path: fmt.Sprintf("%d.jpg", at), SHA256: fmt.Sprintf("%064x", at)},
			})
			at++
		}
		batch = append(batch, who)
		if len(batch) == 500 || at == n {
			if _, err := s.Enrol(ctx, batch, nil); err != nil {
				return 0, err
			}
			batch = batch[:0]
		}
	}
	to := model
	to.Name, to.SHA256 = "tuned", fmt.Sprintf("%064x", 1)
	began := time.Now()
	if err := s.Migrate(ctx, to, tuned.W, tuned.B, nil); err != nil {
		return 0, err
	}
	secs := time.Since(began).Seconds()
	// The first template must be what the tuned layer makes of its trunk feature.
	want := make([]float32, tuned.D)
	tuned.Embed(want, d.X[:d.T])
	for t, err := range s.Templates(ctx, 1) {
		if err != nil {
			return 0, err
		}
		for i, v := range t.Embedding {
			if diff := v - want[i]; diff > 1e-4 || diff < -1e-4 {
				return 0, fmt.Errorf("the migrated template is not the tuned embedding: value %d is %v, not %v", i, v,
					want[i])
			}
		}
		break
	}
	fmt.Printf("\nMigrated a gallery of %d templates to the tuned layer in %.2f s\n", n, secs)
	return secs, nil
}
