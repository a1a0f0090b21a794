//go:build unix

// Command cluster measures a gallery on a Weaviate cluster against the exact engine on the same templates: recall,
// latency, enrolment rate, and what a node's death does to them.
//
//	go run ./bench/cluster -n 10000              # three nodes on loopback, started and stopped here
//	go run ./bench/cluster -url weaviate://…/X   # your cluster; the collection is made and dropped
//	go run ./bench/cluster -build                # build the server into the cache and end
//
// People are random directions, two templates each with a cosine of about 0.6 between them, as two photos of a face
// have. Three nodes on one machine share its cores: the latency of a real cluster is better. The last line is JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/gallery/weaviate"
	"faceid/gallery/weaviate/weaviatetest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(2)
	}
}

type options struct {
	n, dim, probes int
	indexes        string
	url            string
	seed           uint64
}

func run(ctx context.Context) error {
	var o options
	build := flag.Bool("build", false, "build the server into the cache, unless it is there, and end")
	flag.IntVar(&o.n, "n", 10_000, "templates, two per person")
	flag.IntVar(&o.dim, "d", 512, "values of a template")
	flag.IntVar(&o.probes, "probes", 1000, "probes, one at a time")
	flag.StringVar(&o.indexes, "index", "hnsw,flat", "kinds of index to measure")
	flag.StringVar(&o.url, "url", "", "a running cluster; its collection must not exist, and is dropped at the end")
	flag.Uint64Var(&o.seed, "seed", 1, "of the people and probes")
	flag.Parse()
	if *build {
		p, err := weaviatetest.Build(ctx, os.Stderr)
		if err == nil {
			fmt.Println(p)
		}
		return err
	}
	if o.n < 100 || o.dim < 2 || o.probes < 1 || flag.NArg() > 0 {
		return errors.New("want -n of at least 100, -d of at least 2, -probes of at least 1, and no arguments")
	}
	var nodes *weaviatetest.Cluster
	url := o.url
	if url == "" {
		bin, err := weaviatetest.Binary()
		if err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "faceid-cluster")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if nodes, err = weaviatetest.Start(ctx, bin, dir, 3); err != nil {
			return err
		}
		defer nodes.Stop()
		url = weaviate.Scheme + strings.Join(nodes.Hosts(), ",") + "/Bench?replicas=3"
	}
	fmt.Printf("%d templates × %d, %d probes, %d CPUs, %s\n\n", o.n, o.dim, o.probes, runtime.NumCPU(), where(nodes))
	data := newData(o)
	exact, err := data.exact(ctx)
	if err != nil {
		return err
	}
	fmt.Println("| index | enrolled/s | recall@1 | recall@10 | p50 ms | p99 ms | with one of three nodes dead: " +
		"recall@1 | p50 ms | p99 ms |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	out := make(map[string]any)
	for _, index := range strings.Split(o.indexes, ",") {
		c, err := weaviate.ParseURL(url)
		if err != nil {
			return err
		}
		c.Index = index
		if err := measure(ctx, c, data, exact, nodes, out); err != nil {
			return err
		}
	}
	line, err := json.Marshal(out)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", line)
	return nil
}

func where(nodes *weaviatetest.Cluster) string {
	if nodes == nil {
		return "your cluster"
	}
	return "three nodes of Weaviate " + weaviatetest.Version + " on this machine"
}

// data are people and probes, made from a seed.
type data struct {
	options
	people []gallery.Enrolment
	probes [][]float32
}

func newData(o options) *data {
	d := &data{options: o}
	r := rand.New(rand.NewPCG(o.seed, 0))
	noise := 0.8 / math.Sqrt(float64(o.dim))
	view := func(centre []float32) []float32 {
		v := slices.Clone(centre)
		for i := range v {
			v[i] += float32(r.NormFloat64() * noise)
		}
		return v
	}
	centres := make([][]float32, o.n/2)
	for i := range centres {
		centres[i] = make([]float32, o.dim)
		for j := range centres[i] {
			centres[i][j] = float32(r.NormFloat64() / math.Sqrt(float64(o.dim)))
		}
		d.people = append(d.people, gallery.Enrolment{
			Name:      fmt.Sprintf("person %d", i),
			Templates: []gallery.Template{{Embedding: view(centres[i])}, {Embedding: view(centres[i])}},
		})
	}
	for range o.probes {
		d.probes = append(d.probes, view(centres[r.IntN(len(centres))]))
	}
	return d
}

// exact returns the answers of the exact engine.
func (d *data) exact(ctx context.Context) ([][]gallery.Match, error) {
	dir, err := os.MkdirTemp("", "faceid-exact")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	g, err := sqlite.Open(filepath.Join(dir, "exact.db"), &sqlite.Options{Create: true, Model: d.model()})
	if err != nil {
		return nil, err
	}
	defer g.Close()
	for chunk := range slices.Chunk(d.people, 2000) {
		if _, err := g.Enrol(ctx, chunk, &gallery.EnrolOptions{NewPeople: true}); err != nil {
			return nil, err
		}
	}
	return g.Search(ctx, d.probes, nil)
}

func (d *data) model() *gallery.Model {
	return &gallery.Model{Name: "random", SHA256: strings.Repeat("00", 32), Dim: d.dim, Views: "plain"}
}

func measure(ctx context.Context, c weaviate.Config, d *data, exact [][]gallery.Match, nodes *weaviatetest.Cluster,
	out map[string]any) error {
	g, err := weaviate.OpenConfig(ctx, c, &weaviate.Options{Model: d.model(), Create: true})
	if err != nil {
		return err
	}
	defer g.Close()
	if i, err := g.Info(ctx); err != nil || i.People > 0 {
		return fmt.Errorf("collection %s holds %d people already: %w", c.Collection, i.People, err)
	}
	defer func() {
		if err := weaviate.Drop(context.WithoutCancel(ctx), c); err != nil {
			fmt.Fprintln(os.Stderr, "cluster:", err)
		}
	}()
	start := time.Now()
	for chunk := range slices.Chunk(d.people, 500) {
		if _, err := g.Enrol(ctx, chunk, &gallery.EnrolOptions{NewPeople: true}); err != nil {
			return err
		}
	}
	rate := float64(d.n) / time.Since(start).Seconds()
	whole, err := d.search(ctx, g, exact)
	if err != nil {
		return err
	}
	row := fmt.Sprintf("| %s | %.0f | %.4f | %.4f | %.1f | %.1f |", c.Index, rate, whole.recall1, whole.recall10,
		whole.p50, whole.p99)
	out[c.Index+"_enrolled_per_s"] = rate
	out[c.Index+"_recall1"], out[c.Index+"_recall10"] = whole.recall1, whole.recall10
	out[c.Index+"_p50_ms"], out[c.Index+"_p99_ms"] = whole.p50, whole.p99
	if nodes == nil {
		fmt.Println(row, "| | |")
		return nil
	}
	nodes.Nodes[2].Kill()
	dead, err := d.search(ctx, g, exact)
	if err != nil {
		return err
	}
	fmt.Printf("%s %.4f | %.1f | %.1f |\n", row, dead.recall1, dead.p50, dead.p99)
	out[c.Index+"_recall1_node_dead"], out[c.Index+"_p99_node_dead_ms"] = dead.recall1, dead.p99
	return nodes.Nodes[2].Restart(ctx)
}

type figures struct{ recall1, recall10, p50, p99 float64 }

// search sends the probes one at a time.
func (d *data) search(ctx context.Context, g gallery.Engine, exact [][]gallery.Match) (figures, error) {
	var f figures
	var found1, found10, wanted10 int
	times := make([]float64, len(d.probes))
	for i, p := range d.probes {
		t := time.Now()
		got, err := g.Search(ctx, [][]float32{p}, nil)
		if err != nil {
			return f, err
		}
		times[i] = float64(time.Since(t)) / float64(time.Millisecond)
		for k, want := range exact[i] {
			wanted10++
			for j, m := range got[0] {
				if m.Name == want.Name {
					found10++
					if k == 0 && j == 0 {
						found1++
					}
				}
			}
		}
	}
	slices.Sort(times)
	f.recall1 = float64(found1) / float64(len(d.probes))
	f.recall10 = float64(found10) / float64(wanted10)
	f.p50, f.p99 = times[len(times)/2], times[len(times)*99/100]
	return f, nil
}
