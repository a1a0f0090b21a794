package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/recognize/calibrate"
	"faceid/recognize/census"
)

// hundred makes a gallery file of 100,000 templates of 25,000 people, calibrates it as `faceid gallery calibrate` does,
// and returns the seconds from opening the file to the calibration stored in it.
func hundred(ctx context.Context, ref calibrate.Reference) (float64, error) {
	dir, err := os.MkdirTemp("", "trust")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "gallery.db")
	model := gallery.Model{Name: "random", SHA256: strings.Repeat("0", 64), Dim: 512, Views: "plain"}
	if err := enrolRandom(ctx, path, model); err != nil {
		return 0, err
	}
	began, cpu := time.Now(), cpuSeconds()
	lap := func(what string) {
		fmt.Printf("  %-40s %6.2f s, of a processor %6.2f s\n", what, time.Since(began).Seconds(), cpuSeconds()-cpu)
	}
	fmt.Println("\na gallery of 100,000 templates of 25,000 people, calibrated:")
	s, err := sqlite.Open(path, nil)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	g, err := census.Take(ctx, s, nil)
	if err != nil {
		return 0, err
	}
	lap("read after")
	c, err := g.Calibration(ctx, s, ref, nil, nil)
	if err != nil {
		return 0, err
	}
	lap("thresholds found after")
	if err := s.SetCalibration(ctx, c); err != nil {
		return 0, err
	}
	lap("stored after")
	return time.Since(began).Seconds(), nil
}

func enrolRandom(ctx context.Context, path string, m gallery.Model) error {
	s, err := sqlite.Open(path, &sqlite.Options{Create: true, Model: &m})
	if err != nil {
		return err
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(1, 100_000))
	for range 25 {
		e := make([]gallery.Enrolment, 1000)
		for i := range e {
			e[i].Name = fmt.Sprint("person ", rng.Uint32())
			for range 4 {
				v := make([]float32, m.Dim)
				for j := range v {
					v[j] = float32(rng.NormFloat64())
				}
				e[i].Templates = append(e[i].Templates, gallery.Template{Embedding: unit(v), Trunk: v})
			}
		}
		if _, err := s.Enrol(ctx, e, nil); err != nil {
			return err
		}
	}
	// the index, as after any search
	_, err = s.Search(ctx, [][]float32{append(make([]float32, m.Dim-1), 1)}, nil)
	return err
}

// cpuSeconds is the processor time that this process has used.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
