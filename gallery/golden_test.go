package gallery_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/golden"
)

// goldens are the versions of the gallery file that this program must open, for ever; see testdata/README.md.
var goldens = []string{"gallery-1.faceid", "gallery-2.faceid"}

func goldenModel(w *golden.People) *gallery.Model {
	return &gallery.Model{Name: w.Name, SHA256: w.SHA256, Dim: w.Dim, Views: w.Views}
}

// openGolden opens a copy of the golden gallery, with its index or without.
func openGolden(t *testing.T, name string, index bool, progress func(done, total int)) (*sqlite.Store, string) {
	t.Helper()
	path := golden.Copy(t, "formats", name)
	if index {
		if err := os.WriteFile(path+".index", golden.Read(t, "formats", "gallery-1.faceid.index"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g, err := sqlite.Open(path, &sqlite.Options{Model: goldenModel(golden.ReadPeople(t)), Progress: progress})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g, path
}

// sameTemplate compares what a template is, not when and under which id it was stored.
func sameTemplate(got gallery.Template, want golden.Template) bool {
	q, s := got.Quality, got.Source
	return [5]float32{q.Score, q.Size, q.Sharpness, q.Frontal, q.Norm} == want.Quality &&
		s.Path == want.Path && s.SHA256 == want.SHA256 && s.Box == want.Box &&
		slices.Equal(got.Embedding, want.Embedding) && slices.Equal(got.Trunk, want.Trunk)
}

// samePeople wants the golden's people in e, to the bit; with ids also the ids and times, and the names as they were
// written before they were cleaned.
func samePeople(t *testing.T, e gallery.Engine, want *golden.People, ids bool) {
	t.Helper()
	i := 0
	for p, err := range e.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if i == len(want.People) {
			t.Fatalf("one more: %+v", p)
		}
		w := want.People[i]
		i++
		if !ids {
			var err error
			if w.Name, err = gallery.CleanName(w.Name); err != nil {
				t.Fatal(err)
			}
		}
		if p.Name != w.Name || ids && (p.ID != w.ID || !p.Created.Equal(w.Created) || !p.Updated.Equal(w.Updated)) {
			t.Errorf("person %d is %+v, want %+v", i, p, w)
		}
		if !sameJSON(p.Metadata, w.Metadata) {
			t.Errorf("%s: metadata %s, want %s", p.Name, p.Metadata, w.Metadata)
		}
		n := 0
		for got, err := range e.Templates(t.Context(), p.ID) {
			if err != nil {
				t.Fatal(err)
			}
			if n < len(w.Templates) {
				x := w.Templates[n]
				if !sameTemplate(got, x) || ids && (got.ID != x.ID || !got.Created.Equal(x.Created)) {
					t.Errorf("%s: template %d is %+v, want %+v", p.Name, n, got, x)
				}
			}
			n++
		}
		if n != len(w.Templates) {
			t.Errorf("%s: %d templates, want %d", p.Name, n, len(w.Templates))
		}
	}
	if i != len(want.People) {
		t.Errorf("%d people, want %d", i, len(want.People))
	}
}

// sameJSON takes nothing for null, and no heed of white space.
func sameJSON(a, b []byte) bool {
	compact := func(v []byte) string {
		m, err := gallery.CompactMetadata(v)
		if err != nil || string(v) == "null" {
			return ""
		}
		return string(m)
	}
	return compact(a) == compact(b)
}

// sameScores wants the golden's answers, the same people by the same templates with the same scores, to the bit.
func sameScores(t *testing.T, e gallery.Engine, want *golden.People) {
	t.Helper()
	for i, p := range want.Probes {
		for rank, w := range map[gallery.Rank][]golden.Match{gallery.RankBest: p.Best, gallery.RankMean: p.Mean} {
			found, err := e.Search(t.Context(), [][]float32{p.Vector}, &gallery.SearchOptions{K: 100, Rank: rank})
			if err != nil {
				t.Fatal(err)
			}
			var got []golden.Match
			for _, m := range found[0] {
				got = append(got, golden.Match{Person: m.PersonID, Template: m.TemplateID, Score: m.Score})
			}
			if !slices.Equal(got, w) {
				t.Errorf("probe %d, rank %v: %v, want %v", i, rank, got, w)
			}
		}
	}
}

// enrolments are the golden's people as a caller would enrol them once more.
func enrolments(want *golden.People) []gallery.Enrolment {
	var out []gallery.Enrolment
	for _, p := range want.People {
		e := gallery.Enrolment{PersonID: p.ID}
		for _, x := range p.Templates {
			q := x.Quality
			e.Templates = append(e.Templates, gallery.Template{
				Embedding: x.Embedding, Trunk: x.Trunk,
				Quality: gallery.Quality{Score: q[0], Size: q[1], Sharpness: q[2], Frontal: q[3], Norm: q[4]},
				Source:  gallery.Source{Path: x.Path, SHA256: x.SHA256, Box: x.Box},
			})
		}
		out = append(out, e)
	}
	return out
}

// TestGoldenGallery opens the gallery files of every version: the same people, bits and scores, with the index of that
// time and with one made anew; no trace of removed people; templates known again; no id used again.
func TestGoldenGallery(t *testing.T) {
	want := golden.ReadPeople(t)
	for _, name := range goldens {
		for _, index := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/index=%v", name, index), func(t *testing.T) {
				for _, gone := range want.Removed {
					if bytes.Contains(golden.Read(t, "formats", name), []byte(gone)) {
						t.Errorf("%q is still in the file", gone)
					}
				}
				rebuilt := false
				g, path := openGolden(t, name, index, func(int, int) { rebuilt = true })
				info, err := g.Info(t.Context())
				if err != nil || info.Model != *goldenModel(want) || info.People != len(want.People) {
					t.Errorf("%+v, %v", info, err)
				}
				samePeople(t, g, want, true)
				sameScores(t, g, want)
				if rebuilt == index {
					t.Errorf("index there: %v, made anew: %v", index, rebuilt)
				}
				for _, r := range mustEnrol(t, g, enrolments(want)) {
					if r.Created || r.Added > 0 {
						t.Errorf("a template is not known again: %+v", r)
					}
				}
				one := gallery.Enrolment{Name: "New", Templates: []gallery.Template{{Embedding: want.Probes[1].Vector}}}
				r := mustEnrol(t, g, []gallery.Enrolment{one})
				if last := want.People[len(want.People)-1].ID; r[0].PersonID <= last {
					t.Errorf("a new person has the id %d, after %d", r[0].PersonID, last)
				}
				found, err := g.Search(t.Context(), [][]float32{want.Probes[1].Vector}, nil)
				if err != nil || found[0][0].Name != "New" {
					t.Errorf("the new person is not found: %v, %v", found, err)
				}
				if err := g.Remove(t.Context(), r[0].PersonID); err != nil {
					t.Fatal(err)
				}
				sameScores(t, g, want)
				if err := g.Close(); err != nil {
					t.Fatal(err)
				}
				if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() {
					t.Errorf("check: %v, %v", rep.Problems, err)
				}
			})
		}
	}
}

func mustEnrol(t *testing.T, e gallery.Engine, in []gallery.Enrolment) []gallery.Enrolled {
	t.Helper()
	out, err := e.Enrol(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestGoldenExports imports the exports of every version, into an empty gallery and into the one that they came from.
func TestGoldenExports(t *testing.T) {
	want := golden.ReadPeople(t)
	for _, name := range []string{"export-1.jsonl", "export-1-numbers.jsonl", "export-1.npz"} {
		t.Run(name, func(t *testing.T) {
			b := golden.Read(t, "formats", name)
			in := func(ctx context.Context, to gallery.Engine) (gallery.Transferred, error) {
				if filepath.Ext(name) == ".npz" {
					return gallery.ImportNPZ(ctx, to, bytes.NewReader(b), int64(len(b)), nil)
				}
				return gallery.ImportJSONL(ctx, to, bytes.NewReader(b), nil)
			}
			m, err := gallery.ExportModel(bytes.NewReader(b), int64(len(b)))
			if err != nil || m == nil || *m != *goldenModel(want) {
				t.Fatalf("model %+v, %v", m, err)
			}
			g, err := sqlite.Open(filepath.Join(t.TempDir(), "g"), &sqlite.Options{Model: m, Create: true})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			sum, err := in(t.Context(), g)
			if err != nil || sum.People != len(want.People) || sum.Created != sum.People || sum.Duplicates != 0 {
				t.Fatalf("%+v, %v", sum, err)
			}
			samePeople(t, g, want, false)
			old, _ := openGolden(t, goldens[0], true, nil)
			again, err := in(t.Context(), old)
			if err != nil || again.Created != 0 || again.Added != 0 || again.Duplicates != sum.Added {
				t.Errorf("into the gallery it came from: %+v, %v", again, err)
			}
		})
	}
}

// TestGoldenExportsAsWritten: today's exports of the golden gallery are those of the version, byte for byte.
func TestGoldenExportsAsWritten(t *testing.T) {
	g, _ := openGolden(t, goldens[0], true, nil)
	const otherwise = "%s is written otherwise now: if it is to be, raise the format's version and add a golden"
	for name, o := range map[string]*gallery.TransferOptions{
		"export-1.jsonl":         nil,
		"export-1-numbers.jsonl": {Numbers: true},
	} {
		var b bytes.Buffer
		if err := gallery.ExportJSONL(t.Context(), g, &b, o); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), golden.Read(t, "formats", name)) {
			t.Errorf(otherwise, name)
		}
	}
	var b bytes.Buffer
	if err := gallery.ExportNPZ(t.Context(), g, &b, nil); err != nil {
		t.Fatal(err)
	}
	got, want := unzip(t, b.Bytes()), unzip(t, golden.Read(t, "formats", "export-1.npz"))
	if !maps.Equal(got, want) { // the arrays; how well they are deflated is the compressor's business
		t.Errorf(otherwise, "export-1.npz")
	}
}

var shape = regexp.MustCompile(`\((\d+),(\d+),\)`)

// unzip returns the files of an archive.
func unzip(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		c, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		// Version 1 wrote a shape as "(3,4,)", which numpy writes as "(3, 4)": the same to a reader, and of the same
		// length.
		out[f.Name] = shape.ReplaceAllString(string(c), "($1, $2)")
	}
	return out
}
