package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

func cores() int { return runtime.GOMAXPROCS(0) }

// store enrols into the durable gallery, then measures a cold start and the rebuild of its index.
func store(c *config, dir string, f *figures) error {
	path := filepath.Join(dir, "bench.faceid")
	s, err := sqlite.Open(path, &sqlite.Options{Create: true,
		Model: &gallery.Model{Name: "bench", SHA256: fmt.Sprintf("%064x", 1), Dim: c.d, Views: "plain"}})
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	n := c.storeN / perPerson * perPerson
	const step = 10_000
	var took time.Duration
	for from := 0; from < n; from += step {
		v := rowsFrom(c.seed, from, min(step, n-from), c.d)
		batch := make([]gallery.Enrolment, len(v)/c.d/perPerson)
		for p := range batch {
			batch[p].Name = fmt.Sprintf("person %d", from/perPerson+p)
			for j := range perPerson {
				batch[p].Templates = append(batch[p].Templates,
					gallery.Template{Embedding: v[(p*perPerson+j)*c.d:][:c.d]})
			}
		}
		start := time.Now()
		if _, err := s.Enrol(ctx, batch, nil); err != nil {
			return err
		}
		took += time.Since(start)
		if from == 100_000-step || f.Bulk == nil && from+step >= n {
			rate := float64(from+step) / took.Seconds()
			f.Bulk = &rate
			fmt.Printf("bulk enrolment: %.0f templates/s (the first %d, in durable batches of %d)\n", rate, from+step,
				step)
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	if err := os.Remove(path + ".index"); err != nil && !os.IsNotExist(err) {
		return err
	}
	start := time.Now()
	if s, err = sqlite.Open(path, nil); err != nil {
		return err
	}
	probe := rowsFrom(c.seed, 0, perPerson, c.d)[:c.d]
	if _, err := s.Search(ctx, [][]float32{probe}, nil); err != nil {
		return err
	}
	rebuild := time.Since(start).Seconds()
	if err := s.Close(); err != nil {
		return err
	}
	fmt.Printf("rebuild of the index from the store, with one search: %.1f s for %d templates\n", rebuild, n)
	var best []float64
	for range 5 {
		ch, err := runChild("gallery", path, 1)
		if err != nil {
			return err
		}
		best = append(best, ch.MS)
	}
	cold := median(best)
	fmt.Printf("cold open of the gallery and one search, pages cached: %.0f ms (median of 5 processes)\n\n", cold)
	if n == 1_000_000 {
		f.Rebuild, f.Cold = &rebuild, &cold
	}
	return nil
}
