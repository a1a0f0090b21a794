package sqlite_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "a ?#%& b")
	s := open(t, good, 8)
	s.Close()
	if st, err := os.Stat(good); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	later, foreign := slices.Clone(raw), slices.Clone(raw)
	binary.BigEndian.PutUint32(later[60:], 99)
	binary.BigEndian.PutUint32(foreign[68:], 7)
	other := *model(8)
	other.SHA256 = "beef"
	views := *model(8)
	views.Views = "mirrored"
	for _, c := range []struct {
		name, path string
		o          *sqlite.Options
		want       error
	}{
		{"missing", filepath.Join(dir, "none"), nil, fs.ErrNotExist},
		{"missing, with model", filepath.Join(dir, "none"), &sqlite.Options{Model: model(8)}, fs.ErrNotExist},
		{"directory", dir, nil, gallery.ErrNotGallery},
		{"empty", write("empty", nil), nil, gallery.ErrNotGallery},
		{"text", write("text", []byte(strings.Repeat("a photo, perhaps ", 1000))),
			&sqlite.Options{Model: model(8), Create: true}, gallery.ErrNotGallery},
		{"other SQLite", write("foreign", foreign), nil, gallery.ErrNotGallery},
		{"later version", write("later", later), nil, gallery.ErrNotGallery},
		{"model", good, &sqlite.Options{Model: &other}, gallery.ErrModel},
		{"dimension", good, &sqlite.Options{Model: model(9)}, gallery.ErrModel},
		{"views", good, &sqlite.Options{Model: &views}, gallery.ErrModel},
	} {
		before, _ := os.ReadFile(c.path)
		s, err := sqlite.Open(c.path, c.o)
		if !errors.Is(err, c.want) || hint.Of(err) == "" {
			t.Errorf("%s: %v, hint %q", c.name, err, hint.Of(err))
		}
		if err == nil {
			s.Close()
		}
		if after, _ := os.ReadFile(c.path); !slices.Equal(before, after) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	if _, err := sqlite.Open(filepath.Join(dir, "new"), &sqlite.Options{Create: true}); err == nil {
		t.Error("a gallery without a model was created")
	}
}

// self searches for every template by itself and reports whoever is not found.
func self(t *testing.T, s *sqlite.Store) {
	t.Helper()
	for x, err := range s.Templates(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Search(t.Context(), [][]float32{x.Embedding}, &gallery.SearchOptions{K: 2})
		if err != nil {
			t.Fatal(err)
		}
		if m := got[0][0]; m.PersonID != x.PersonID || m.TemplateID != x.ID || m.Score < 0.999 {
			t.Fatalf("template %d of %d: found %v", x.ID, x.PersonID, m)
		}
	}
}

// TestIndexDamage cuts the index off at many lengths and flips bits in it: an answer is right or the index is made
// anew.
func TestIndexDamage(t *testing.T) {
	const dim = 8
	dir := t.TempDir()
	path := filepath.Join(dir, "g")
	s := open(t, path, dim)
	r := rand.New(rand.NewPCG(4, 4))
	var e []gallery.Enrolment
	for i := range 30 {
		e = append(e, gallery.Enrolment{Name: fmt.Sprint(i),
			Templates: []gallery.Template{{Embedding: randVec(r, dim)}}})
	}
	if _, err := s.Enrol(t.Context(), e, nil); err != nil {
		t.Fatal(err)
	}
	self(t, s)
	s.Close()
	index := path + ".index"
	good, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(index, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() {
			t.Fatalf("%s: check: %+v, %v", what, rep, err)
		}
		s, err := sqlite.Open(path, nil)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		defer s.Close()
		self(t, s)
	}
	for range 60 {
		n := r.IntN(len(good))
		if r.IntN(2) == 0 {
			n = r.IntN(min(len(good), 4096))
		}
		try(fmt.Sprintf("cut to %d of %d", n, len(good)), good[:n])
	}
	for range 120 {
		b := slices.Clone(good)
		n := r.IntN(len(b))
		if r.IntN(2) == 0 {
			n = r.IntN(min(len(good), 4096))
		}
		b[n] ^= 1 << r.IntN(8)
		if n < 8 { // of its magic: it could be anything
			continue
		}
		try(fmt.Sprintf("a bit of byte %d flipped", n), b)
	}
	try("zeros", make([]byte, 10000))
	try("a beginning", good[:5])
	try("nothing", nil)
	try("whole", good)
}

// TestRestore puts an older copy of the gallery file beside a newer index, and then goes on differently.
func TestRestore(t *testing.T) {
	const dim = 8
	path := filepath.Join(t.TempDir(), "g")
	r := rand.New(rand.NewPCG(5, 5))
	enrol := func(s *sqlite.Store, n int) {
		for range n {
			if _, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: fmt.Sprint(r.Uint64()),
				Templates: []gallery.Template{{Embedding: randVec(r, dim)}}}}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := open(t, path, dim)
	enrol(s, 5)
	s.Close()
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s = open(t, path, dim)
	enrol(s, 5)
	self(t, s)
	s.Close()
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, dim)
	enrol(s, 7) // the same numbers, other people
	self(t, s)
	if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() || rep.Index != "current" {
		t.Errorf("%+v, %v", rep, err)
	}
}

// TestReadOnlyFolder searches where no index can be written.
func TestReadOnlyFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g")
	s := open(t, path, 8)
	gallerytest.Populate(t, s, 8, 9)
	if err := os.Mkdir(path+".index", 0o700); err != nil { // a folder in the index's place, for root can write anywhere
		t.Fatal(err)
	}
	got, err := s.Search(t.Context(), [][]float32{{1, 2, 3, 4, 5, 6, 7, 8}}, nil)
	if err != nil || len(got[0]) != 10 {
		t.Fatalf("%v, %v", got, err)
	}
}

// TestCheck damages the store by SQL and expects to hear of it, and that Check changes nothing.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "g")
	s := open(t, path, 8)
	gallerytest.Populate(t, s, 8, 6)
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	sums := func() map[string][32]byte {
		m := make(map[string][32]byte)
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			m[f.Name()] = sha256.Sum256(b)
		}
		return m
	}
	before := sums()
	rep, err := sqlite.Check(t.Context(), path)
	if err != nil || !rep.OK() || rep.Index != "current" || rep.Info.People != 41 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if after := sums(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("check changed or left a file: %v, %v before", slices.Collect(maps.Keys(after)),
			slices.Collect(maps.Keys(before)))
	}
	if _, err := sqlite.Check(t.Context(), path+"x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`UPDATE template SET embedding = zeroblob(32) WHERE id = 7`,
		`UPDATE template SET embedding = zeroblob(31) WHERE id = 7`,
		`UPDATE template SET key = zeroblob(16) WHERE id = 8`,
		`UPDATE template SET person_id = 9999 WHERE id = 7`,
		`UPDATE template SET embedding = (SELECT embedding FROM template WHERE id = 9) WHERE id >= 0`,
		`DELETE FROM person WHERE id = 2`,
		`DELETE FROM template WHERE id = 7`,
		`UPDATE person SET name = '' WHERE id = 3`,
		`UPDATE person SET metadata = '[]' WHERE id = 3`,
		`UPDATE trunk SET v = x'0000c07f' WHERE template_id = 1`,
		`UPDATE trunk SET template_id = 99999 WHERE template_id = 1`,
		`INSERT INTO tombstone VALUES (3, 3)`,
		`UPDATE sqlite_sequence SET seq = 3 WHERE name = 'template'`,
		`DELETE FROM gallery`,
		`UPDATE gallery SET dim = 1 << 60`,
		`UPDATE gallery SET dim = 1 << 60; DELETE FROM sqlite_sequence`,
		`DELETE FROM revision`,
	} {
		p := filepath.Join(t.TempDir(), "g")
		if err := os.WriteFile(p, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path + ".index")
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(p+".index", b, 0o600)
		db, err := sql.Open("sqlite3", p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(q); err != nil {
			t.Fatal(q, err)
		}
		db.Close()
		if rep, err := sqlite.Check(t.Context(), p); err != nil || rep.OK() {
			t.Errorf("%s: %+v, %v", q, rep, err)
		}
	}
	// Bytes overwritten in the middle of the file: never a panic, and mostly a finding.
	r := rand.New(rand.NewPCG(8, 8))
	for range 30 {
		b := slices.Clone(raw)
		at := 100 + r.IntN(len(b)-600)
		for i := range 500 {
			b[at+i] = byte(r.Uint32())
		}
		p := filepath.Join(t.TempDir(), "g")
		os.WriteFile(p, b, 0o600)
		sqlite.Check(t.Context(), p)
		if s, err := sqlite.Open(p, nil); err == nil {
			s.Search(t.Context(), [][]float32{{1, 2, 3, 4, 5, 6, 7, 8}}, nil)
			s.Close()
		}
	}
}

// TestMigrate compares with W·t + b done slowly.
func TestMigrate(t *testing.T) {
	const dim, n = 8, 5
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	s := open(t, path, dim)
	r := rand.New(rand.NewPCG(6, 6))
	var e []gallery.Enrolment
	for i := range 1500 {
		e = append(e, gallery.Enrolment{Name: fmt.Sprint(i),
			Templates: []gallery.Template{{Embedding: randVec(r, dim), Trunk: randVec(r, n)}}})
	}
	if _, err := s.Enrol(ctx, e, nil); err != nil {
		t.Fatal(err)
	}
	self(t, s)
	old := open(t, path, dim) // stays open with the old model
	w, b := randVec(r, dim*n), randVec(r, dim)
	to := *model(dim)
	to.SHA256, to.Name = "beef", "tuned"
	before := gallerytest.Dump(t, s)
	for name, err := range map[string]error{
		"W":      s.Migrate(ctx, to, w[1:], b, nil),
		"b":      s.Migrate(ctx, to, w, b[1:], nil),
		"length": s.Migrate(ctx, to, w[:dim*(n-1)], b, nil),
		"dim":    s.Migrate(ctx, gallery.Model{SHA256: "beef", Dim: n}, w, b[:n], nil),
	} {
		if !errors.Is(err, gallery.ErrDimension) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Migrate(ctx, to, make([]float32, dim*n), nil, nil); !errors.Is(err, gallery.ErrZeroVector) {
		t.Errorf("W = 0: %v", err)
	}
	if gallerytest.Dump(t, s) != before {
		t.Fatal("a refused migration changed the gallery")
	}
	var last int
	if err := s.Migrate(ctx, to, w, b, &sqlite.MigrateOptions{Progress: func(done,
		total int) {
		last = done
	}}); err != nil {
		t.Fatal(err)
	}
	if last != 1500 {
		t.Errorf("progress ended at %d", last)
	}
	for x, err := range s.Templates(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float32, dim)
		for i := range want {
			sum := float64(b[i])
			for j, y := range x.Trunk {
				sum += float64(w[i*n+j]) * float64(y)
			}
			want[i] = float32(sum)
		}
		u, err := gallery.Unit(want, dim)
		if err != nil {
			t.Fatal(err)
		}
		for i := range u {
			if d := u[i] - x.Embedding[i]; d > 1e-5 || d < -1e-5 { // float32 sums of five products
				t.Fatalf("template %d: %v, want %v", x.ID, x.Embedding, u)
			}
		}
	}
	self(t, s)
	if i, err := s.Info(ctx); err != nil || i.Model != to {
		t.Errorf("%+v, %v", i, err)
	}
	if _, err := old.Search(ctx, [][]float32{w[:dim]}, nil); !errors.Is(err, gallery.ErrModel) {
		t.Errorf("search by a process of the old model: %v", err)
	}
	if _, err := old.Enrol(ctx, []gallery.Enrolment{{Name: "late",
		Templates: []gallery.Template{{Embedding: w[:dim]}}}}, nil); !errors.Is(err, gallery.ErrModel) {
		t.Errorf("enrolment by a process of the old model: %v", err)
	}
	if _, err := s.Enrol(ctx, []gallery.Enrolment{{Name: "bare", Templates: []gallery.Template{{Embedding: w[:dim]}}}},
		nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(ctx, to, w, b, nil); !errors.Is(err, gallery.ErrNoTrunk) || !strings.Contains(err.Error(),
		"1 of 1501") || hint.Of(err) == "" {
		t.Errorf("without trunk: %v", err)
	}
	if rep, err := sqlite.Check(ctx, path); err != nil || !rep.OK() {
		t.Errorf("%+v, %v", rep, err)
	}
}
