package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/gallery/sqlite"
)

// searched is what searches of one kind took.
type searched struct {
	name string
	ms   []float64 // of each probe
	cpu  float64   // seconds of processors, all of them
	find func(probe []float32) error
}

// withCohort times what identify does for one face, in a gallery file of 100,000 templates of 25,000 people that are
// spread as faces are: by cosines, and by scores that a cohort of 1,000 strangers and 300 people normalises. The two
// take turns. Half of the probes are of people enrolled.
func withCohort(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "trust")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	rng := rand.New(rand.NewPCG(6, 100_000))
	draw := func(around []float32, spread, fall float64) []float32 {
		v := make([]float32, 512)
		for i := range v {
			v[i] = float32(rng.NormFloat64() * spread * math.Exp(-float64(i)/fall))
			if around != nil {
				v[i] += around[i]
			}
		}
		return unit(v)
	}
	photo := func(who []float32) []float32 { return draw(who, 0.03, math.Inf(1)) }
	s, err := sqlite.Open(filepath.Join(dir, "gallery.db"), &sqlite.Options{Create: true, Model: &gallery.Model{
		Name: "random", SHA256: strings.Repeat("0", 64), Dim: 512, Views: "plain"}})
	if err != nil {
		return err
	}
	defer s.Close()
	var own, probes, strangers [][]float32
	for n := range 25 {
		e := make([]gallery.Enrolment, 1000)
		for i := range e {
			who := draw(nil, 1, likeFaces)
			e[i].Name = fmt.Sprint("person ", 1000*n+i)
			for range 4 {
				e[i].Templates = append(e[i].Templates, gallery.Template{Embedding: photo(who)})
			}
			if len(own) < 300 {
				own = append(own, e[i].Templates[0].Embedding)
			}
			if i%250 == 0 {
				probes = append(probes, photo(who), photo(draw(nil, 1, likeFaces)))
			}
		}
		if _, err := s.Enrol(ctx, e, nil); err != nil {
			return err
		}
	}
	for range 1000 {
		strangers = append(strangers, photo(draw(nil, 1, likeFaces)))
	}
	norm, err := snorm.New(strangers)
	if err == nil {
		norm, err = norm.With(own)
	}
	if err != nil {
		return err
	}
	const k = 10 // identify's two nearest, and room for examples of whom somebody is not
	kinds := []*searched{{name: "by cosines", find: func(p []float32) error {
		_, err := gallery.ScoreTogether.Search(ctx, s, [][]float32{p}, k, nil)
		return err
	}}, {name: "normalised by a cohort", find: func(p []float32) error {
		_, err := norm.Search(ctx, s, [][]float32{p}, k, nil)
		return err
	}}}
	for round := range 2 { // the first warms
		for i, p := range probes {
			for j := range kinds {
				x := kinds[(i+j)%2]
				began, cpu := time.Now(), cpuSeconds()
				if err := x.find(p); err != nil {
					return err
				}
				if round > 0 {
					x.ms, x.cpu = append(x.ms, 1000*time.Since(began).Seconds()), x.cpu+cpuSeconds()-cpu
				}
			}
		}
	}
	fmt.Printf("\none face searched for among 100,000 templates of 25,000 people, %d times each in turn:\n",
		len(probes))
	for _, x := range kinds {
		slices.Sort(x.ms)
		fmt.Printf("  %-24s p50 %.2f ms, p99 %.2f ms; of processors %.2f ms\n", x.name, x.ms[len(x.ms)/2],
			x.ms[len(x.ms)*99/100], 1000*x.cpu/float64(len(x.ms)))
	}
	a, b := kinds[0], kinds[1]
	fmt.Printf("  with the cohort %.2f times the median, %.2f times the processors\n",
		b.ms[len(b.ms)/2]/a.ms[len(a.ms)/2], b.cpu/a.cpu)
	return nil
}
