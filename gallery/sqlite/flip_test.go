package sqlite_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/sqlite"
)

// TestFlippedBits flips one bit of the gallery file after another: whoever opens it gets an error, or the same people,
// templates and scores as before; and where something is missing that reading cannot know of, Check does. FACEID_SLOW=1
// tries every byte of the file, otherwise some drawn at random.
func TestFlippedBits(t *testing.T) {
	const dim = 16
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "g")
	s := open(t, path, dim)
	seed := uint64(time.Now().UnixNano() % 1e6)
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var e []gallery.Enrolment
	var probes [][]float32
	for i := range 60 {
		p := gallery.Enrolment{Name: fmt.Sprint("person ", i), Metadata: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}
		for j := range 1 + i%4 {
			v := randVec(r, dim)
			p.Templates = append(p.Templates, gallery.Template{Embedding: v, Trunk: randVec(r, 5),
				Quality: gallery.Quality{Score: 0.5, Size: 100, Sharpness: 0.25, Frontal: 0.75, Norm: 20},
				Source: gallery.Source{Path: fmt.Sprint("photos/", i, "/", j, ".jpg"),
					SHA256: fmt.Sprintf("%064x", 100*i+j), Box: [4]float32{1, 2, 3, float32(j)}}})
			if j == 0 {
				probes = append(probes, v)
			}
		}
		e = append(e, p)
	}
	if _, err := s.Enrol(ctx, e, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, 3, 40); err != nil {
		t.Fatal(err)
	}
	wantPeople := gallerytest.Dump(t, s)
	found, err := s.Search(ctx, probes, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantFound := fmt.Sprint(found)
	s.Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// look reads everything, as far as there is no error.
	look := func(path string) (people, found string, err error) {
		s, err := sqlite.Open(path, &sqlite.Options{Model: model(dim)})
		if err != nil {
			return "", "", err
		}
		defer s.Close()
		ms, err := s.Search(ctx, probes, nil)
		if err != nil {
			return "", "", err
		}
		var b strings.Builder
		for p, err := range s.People(ctx) {
			if err != nil {
				return "", "", err
			}
			fmt.Fprintf(&b, "%s %s\n", p.Name, p.Metadata)
			for x, err := range s.Templates(ctx, p.ID) {
				if err != nil {
					return "", "", err
				}
				fmt.Fprintf(&b, "  %x %x %+v %+v\n", floatBytes(x.Embedding), floatBytes(x.Trunk), x.Quality, x.Source)
			}
		}
		return b.String(), fmt.Sprint(ms), nil
	}
	if p, f, err := look(path); err != nil || p != wantPeople || f != wantFound {
		t.Fatalf("as it is: %v", err)
	}
	n := 400
	if testing.Short() {
		n = 120
	}
	slow := os.Getenv("FACEID_SLOW") == "1"
	if slow {
		n = len(good)
	}
	bad := filepath.Join(t.TempDir(), "g")
	errors, missing := 0, 0
	for i := range n {
		at := i
		for !slow { // where there is something
			if at = r.IntN(len(good)); good[at] != 0 {
				break
			}
		}
		b := slices.Clone(good)
		b[at] ^= 1 << r.IntN(8)
		for _, f := range []string{"", "-wal", "-shm", ".index"} {
			os.Remove(bad + f)
		}
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		people, found, err := look(bad)
		switch {
		case err != nil:
			errors++
		case found != wantFound:
			t.Errorf("byte %d, %#x for %#x: other scores:\n%.300s\nwant\n%.300s", at, b[at], good[at], found, wantFound)
		case people != wantPeople:
			missing++
			if rep, err := sqlite.Check(ctx, bad); err == nil && rep.OK() {
				t.Errorf("byte %d, %#x for %#x: other people, and nobody says so", at, b[at], good[at])
			}
		}
	}
	t.Logf("%d bits flipped: %d errors, %d times Check only knows", n, errors, missing)
	if errors == 0 {
		t.Error("no error at all")
	}
}
