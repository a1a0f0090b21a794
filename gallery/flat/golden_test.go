package flat

import (
	"os"
	"slices"
	"testing"

	"faceid/internal/golden"
)

// openGolden opens a copy of an index file of an earlier version, for writing.
func openGolden(t *testing.T, kernel string, name ...string) *Index {
	t.Helper()
	x, err := Open(golden.Copy(t, name...), &Options{Kernel: kernel})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	if x.Stats().Torn {
		t.Error("it is torn")
	}
	if err := x.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	return x
}

// wantFound searches with mean or best, and wants the people, templates and scores, to the bit.
func wantFound(t *testing.T, x *Index, probe []float32, mean bool, want []golden.Match) {
	t.Helper()
	found, err := x.Search(t.Context(), [][]float32{probe}, &SearchOptions{K: 100, Mean: mean})
	if err != nil {
		t.Fatal(err)
	}
	var got []golden.Match
	for _, m := range found[0] {
		got = append(got, golden.Match{Person: m.Person, Template: m.Template, Score: m.Score})
	}
	if !slices.Equal(got, want) {
		t.Errorf("mean %v: found %v, want %v", mean, got, want)
	}
}

// TestGoldenIndex: the index of version 1 that a gallery keeps beside it, on every kernel.
func TestGoldenIndex(t *testing.T) {
	want := golden.ReadPeople(t)
	live := 0
	for _, p := range want.People {
		live += len(p.Templates)
	}
	for _, kernel := range Kernels() {
		x := openGolden(t, kernel, "formats", "gallery-1.faceid.index")
		if s := x.Stats(); s.Dim != want.Dim || s.Rows != want.IndexRows || s.Live != live || s.Live == s.Rows {
			t.Errorf("%+v, want %d rows, %d of them live", s, want.IndexRows, live)
		}
		for _, p := range want.Probes {
			// A probe reaches the index as a unit vector, and those of the golden are none.
			found, err := x.Search(t.Context(), [][]float32{unit(slices.Clone(p.Vector))}, &SearchOptions{K: 100})
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range found[0] {
				w := p.Best[i]
				if m.Person != w.Person || m.Template != w.Template || max(m.Score-w.Score, w.Score-m.Score) > 1e-6 {
					t.Errorf("%s: found %+v, want %+v", kernel, m, w)
				}
			}
			if len(found[0]) != len(p.Best) {
				t.Errorf("%s: %d people found, want %d", kernel, len(found[0]), len(p.Best))
			}
		}
	}
}

// TestGoldenChunks: full chunks of version 1, with a deleted person, on every kernel; and rows go on behind them.
func TestGoldenChunks(t *testing.T) {
	want := golden.ReadChunks(t)
	for _, kernel := range Kernels() {
		x := openGolden(t, kernel, "formats", "chunks-1.index")
		left := slices.DeleteFunc(goldenRows(want.Rows), func(r Row) bool {
			return slices.Contains(want.Removed, r.Person)
		})
		if s := x.Stats(); s.Dim != want.Dim || s.Live != len(left) || s.Live == s.Rows {
			t.Errorf("%+v, want %d live rows", s, len(left))
		}
		if s := (Stamp{ID: want.ID, Seq: want.Seq}); x.Stamp() != s {
			t.Errorf("stamp %v, want %v", x.Stamp(), s)
		}
		wantFound(t, x, want.Probe, false, want.Found)
		for _, r := range left { // each is found by its own vector
			found, err := x.Search(t.Context(), [][]float32{r.Vector}, &SearchOptions{K: 1})
			if err != nil {
				t.Fatal(err)
			}
			if m := found[0][0]; m.Template != r.Template || m.Person != r.Person || m.Score < 0.999999 {
				t.Errorf("%s: row %d: found %v", kernel, r.Template, m)
			}
		}
		if err := x.Append([]Row{{Template: 1000, Person: 1000, Vector: want.Probe}}, Stamp{Seq: 100}); err != nil {
			t.Fatal(err)
		}
		found, err := x.Search(t.Context(), [][]float32{want.Probe}, &SearchOptions{K: 100})
		if err != nil || found[0][0].Template != 1000 || len(found[0]) != len(want.Found)+1 {
			t.Errorf("%s: after an append: %v, %v", kernel, found, err)
		}
	}
}

func goldenRows(rows []golden.Row) []Row {
	var out []Row
	for _, r := range rows {
		out = append(out, Row(r))
	}
	return out
}

// TestGoldenAsWritten builds the golden again from its rows: the file must be the same, byte for byte, or the format
// has changed.
func TestGoldenAsWritten(t *testing.T) {
	want := golden.ReadChunks(t)
	path := t.TempDir() + "/x"
	b, err := Create(path, want.Dim, &Options{ChunkRows: want.ChunkRows})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Append(goldenRows(want.Rows)); err != nil {
		t.Fatal(err)
	}
	x, err := b.Commit(Stamp{ID: want.ID, Seq: want.Seq - 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Delete(want.Removed, nil, Stamp{ID: want.ID, Seq: want.Seq}); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if g := golden.Read(t, "formats", "chunks-1.index"); !slices.Equal(got, g) {
		for i := range min(len(got), len(g)) {
			if got[i] != g[i] {
				t.Fatalf("%d bytes, the golden has %d; they differ from byte %d on", len(got), len(g), i)
			}
		}
		t.Fatalf("%d bytes, the golden has %d", len(got), len(g))
	}
}
