package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite"
	"faceid/internal/golden"
)

const (
	dim   = 8
	trunk = 16
)

var rng = rand.New(rand.NewPCG(20261127, 1))

func normal(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

func hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// views are n templates of one made-up person.
func views(name string, n int, photo, withTrunk bool) []gallery.Template {
	self := normal(dim)
	out := make([]gallery.Template, n)
	for i := range out {
		v := normal(dim)
		for j := range v {
			v[j] = 3*self[j] + v[j]
		}
		t := gallery.Template{Embedding: v}
		t.Quality = gallery.Quality{Score: 0.9 + float32(i)/64, Size: 57.25, Sharpness: 12.5,
			Frontal: 0.75, Norm: 21.0625}
		if photo {
			path := fmt.Sprintf("photos/%s %d.jpg", name, i+1)
			t.Source = gallery.Source{Path: path, SHA256: hash(path),
				Box: [4]float32{10.5, 20.25, 67.75, float32(90 + i)}}
		}
		if withTrunk {
			t.Trunk = normal(trunk)
		}
		out[i] = t
	}
	return out
}

// upgradeGallery writes the gallery of version 1 as opening it has brought it to version 2: the same people, and its
// index goes on being current.
func upgradeGallery(_ context.Context, dir string) error {
	b, err := os.ReadFile(filepath.Join("testdata", "formats", "gallery-1.faceid"))
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "gallery-2.faceid")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	g, err := sqlite.Open(path, nil)
	if err != nil {
		return err
	}
	return g.Close()
}

// makeGallery writes a gallery with its index, its exports, and what a reader must find in them. Two people are
// removed, one before the index is extended and one after, so that the index has rows that are dead.
func makeGallery(ctx context.Context, dir string) error {
	path := filepath.Join(dir, "gallery-1.faceid")
	model := gallery.Model{Name: "golden", SHA256: hash("golden"), Dim: dim, Views: "mirrored"}
	g, err := sqlite.Open(path, &sqlite.Options{Model: &model, Create: true})
	if err != nil {
		return err
	}
	defer g.Close()
	person := func(name, metadata string, ts []gallery.Template) gallery.Enrolment {
		e := gallery.Enrolment{Name: name, Templates: ts}
		if metadata != "" {
			e.Metadata = json.RawMessage(metadata)
		}
		return e
	}
	enrol := func(e ...gallery.Enrolment) error {
		_, err := g.Enrol(ctx, e, &gallery.EnrolOptions{NewPeople: true})
		return err
	}
	err = enrol(
		person("Ada Lovelace", `{"room":"3.14","tags":["a","é"],"active":true}`, views("Ada", 2, true, true)),
		person("Removed Early", `{"secret":"early"}`, views("Removed Early", 2, true, true)),
		person("Zoë Ångström", "", views("Zoë", 2, false, false)), // composed letters
		person("李小龍 👩‍🚀", `{}`, views("李小龍", 2, true, true)),
	)
	if err != nil {
		return err
	}
	if _, err := g.Search(ctx, [][]float32{normal(dim)}, nil); err != nil { // makes the index
		return err
	}
	if err := g.Remove(ctx, 2); err != nil {
		return err
	}
	err = enrol(
		person("Ada Lovelace", `{"note":"another person of that name"}`, views("Ada 2", 2, true, true)),
		person("Removed Late", "", views("Removed Late", 3, true, false)),
		person("عمر الخيام", "", views("عمر", 1, true, true)), // from right to left
		person("Nobody's Template", `{"n":1.5e300}`, nil),
		person("Zoe\u0308 A\u030angstro\u0308m", "", views("Zoë decomposed", 2, true, true)), // decomposed letters
	)
	if err != nil {
		return err
	}
	if _, err := g.Search(ctx, [][]float32{normal(dim)}, nil); err != nil { // extends the index
		return err
	}
	if err := g.Remove(ctx, 6); err != nil {
		return err
	}
	bruce := gallery.Person{ID: 4, Name: "李小龍 👩‍🚀", Metadata: json.RawMessage(`{"updated":"世界"}`)}
	if err := g.Update(ctx, bruce); err != nil {
		return err
	}
	want := &golden.People{
		Name: model.Name, SHA256: model.SHA256, Dim: dim, Views: model.Views,
		Removed: []string{"Removed Early", "Removed Late"},
	}
	if err := describe(ctx, g, want); err != nil {
		return err
	}
	if err := exports(ctx, g, dir); err != nil {
		return err
	}
	if err := g.Close(); err != nil {
		return err
	}
	x, err := flat.Open(path+".index", &flat.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	want.IndexRows = x.Stats().Rows
	if err := x.Close(); err != nil {
		return err
	}
	return writeJSON(dir, "people-1.json", want)
}

// describe fills in people and probes. Scores come from the engine, and must be those of a plain float64 scan.
func describe(ctx context.Context, g gallery.Engine, want *golden.People) error {
	for p, err := range g.People(ctx) {
		if err != nil {
			return err
		}
		w := golden.Person{
			ID: p.ID, Name: p.Name, Metadata: p.Metadata, Created: p.Created, Updated: p.Updated,
			Templates: []golden.Template{},
		}
		for t, err := range g.Templates(ctx, p.ID) {
			if err != nil {
				return err
			}
			q, s := t.Quality, t.Source
			w.Templates = append(w.Templates, golden.Template{
				ID: t.ID, Created: t.Created, Quality: [5]float32{q.Score, q.Size, q.Sharpness, q.Frontal, q.Norm},
				Path: s.Path, SHA256: s.SHA256, Box: s.Box, Embedding: t.Embedding, Trunk: t.Trunk,
			})
		}
		want.People = append(want.People, w)
	}
	probes := [][]float32{want.People[1].Templates[0].Embedding}
	for range 3 {
		probes = append(probes, normal(dim))
	}
	for _, v := range probes {
		p := golden.Probe{Vector: v}
		for rank, out := range map[gallery.Rank]*[]golden.Match{gallery.RankBest: &p.Best, gallery.RankMean: &p.Mean} {
			found, err := g.Search(ctx, [][]float32{v}, &gallery.SearchOptions{K: 100, Rank: rank})
			if err != nil {
				return err
			}
			for _, m := range found[0] {
				if d := math.Abs(float64(m.Score) - plain(want, v, m.PersonID, rank)); d > 1e-6 {
					return fmt.Errorf("person %d: the score is off by %g", m.PersonID, d)
				}
				*out = append(*out, golden.Match{Person: m.PersonID, Template: m.TemplateID, Score: m.Score})
			}
		}
		want.Probes = append(want.Probes, p)
	}
	return nil
}

// plain is the score of a person, without the code of the engine.
func plain(p *golden.People, probe []float32, person int64, rank gallery.Rank) float64 {
	best, sum, n := math.Inf(-1), 0.0, 0
	for _, w := range p.People {
		for _, t := range w.Templates {
			if w.ID != person {
				continue
			}
			var dot, a, b float64
			for i, v := range probe {
				dot += float64(v) * float64(t.Embedding[i])
				a += float64(v) * float64(v)
				b += float64(t.Embedding[i]) * float64(t.Embedding[i])
			}
			dot /= math.Sqrt(a * b)
			best, sum, n = max(best, dot), sum+dot, n+1
		}
	}
	if rank == gallery.RankMean {
		return sum / float64(n)
	}
	return best
}

func exports(ctx context.Context, g gallery.Engine, dir string) error {
	for name, write := range map[string]func(b *bytes.Buffer) error{
		"export-1.jsonl": func(b *bytes.Buffer) error { return gallery.ExportJSONL(ctx, g, b, nil) },
		"export-1-numbers.jsonl": func(b *bytes.Buffer) error {
			return gallery.ExportJSONL(ctx, g, b, &gallery.TransferOptions{Numbers: true})
		},
		"export-1.npz": func(b *bytes.Buffer) error { return gallery.ExportNPZ(ctx, g, b, nil) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// makeChunks writes an index of several full chunks and a begun one, with a deleted person in each: what a gallery of
// thousands has, in a small file.
func makeChunks(ctx context.Context, dir string) error {
	path := filepath.Join(dir, "chunks-1.index")
	b, err := flat.Create(path, dim, &flat.Options{ChunkRows: 16})
	if err != nil {
		return err
	}
	var rows []flat.Row
	want := golden.Chunks{Dim: dim, ChunkRows: 16, Seq: 99, Removed: []int64{5}}
	copy(want.ID[:], "golden's chunks.")
	for i := range 40 {
		v, err := gallery.Unit(normal(dim), dim)
		if err != nil {
			return err
		}
		r := flat.Row{Template: int64(100 + i), Person: int64(1 + i%7), Vector: v}
		rows = append(rows, r)
		want.Rows = append(want.Rows, golden.Row{Template: r.Template, Person: r.Person, Vector: v})
	}
	if err := b.Append(rows); err != nil {
		return err
	}
	x, err := b.Commit(flat.Stamp{ID: want.ID, Seq: 98})
	if err != nil {
		return err
	}
	defer x.Close()
	if _, err := x.Delete(want.Removed, nil, flat.Stamp{ID: want.ID, Seq: want.Seq}); err != nil {
		return err
	}
	want.Probe, err = gallery.Unit(normal(dim), dim)
	if err != nil {
		return err
	}
	found, err := x.Search(ctx, [][]float32{want.Probe}, &flat.SearchOptions{K: 100})
	if err != nil {
		return err
	}
	for _, m := range found[0] {
		want.Found = append(want.Found, golden.Match{Person: m.Person, Template: m.Template, Score: m.Score})
	}
	if err := x.Close(); err != nil {
		return err
	}
	return writeJSON(dir, "chunks-1.json", want)
}
