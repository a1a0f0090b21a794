package command

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/f32"
)

// corrections are commands on the gallery of correctable, and the template or person that they are about.
var corrections = []struct {
	name string
	args []string
	may  func(before, after map[int64]int64) bool // people by template
}{
	{"move", []string{"move", "4", "#20"}, func(before, after map[int64]int64) bool {
		moved := maps.Clone(before)
		moved[4] = 20
		return maps.Equal(after, before) || maps.Equal(after, moved)
	}},
	{"merge", []string{"merge", "#20", "#2", "#3"}, func(before, after map[int64]int64) bool {
		merged := maps.Clone(before)
		for t, p := range merged {
			if p == 2 || p == 3 {
				merged[t] = 20
			}
		}
		return maps.Equal(after, before) || maps.Equal(after, merged)
	}},
	{"remove", []string{"remove", "--yes", "--template", "4", "5"}, func(before, after map[int64]int64) bool {
		removed := maps.Clone(before)
		delete(removed, 4)
		delete(removed, 5)
		return maps.Equal(after, before) || maps.Equal(after, removed)
	}},
}

// A correction killed at a random moment happened or did not, whole: no template is lost, none is with two people, the
// check is clean; and of what was removed there is no trace in any file once the gallery was opened again.
// FACEID_CRASH_RUNS says how often each is killed.
func TestKillDuringCorrection(t *testing.T) {
	runs := 4
	if n, err := strconv.Atoi(os.Getenv("FACEID_CRASH_RUNS")); err == nil {
		runs = n
	} else if testing.Short() {
		runs = 2
	}
	base := filepath.Join(t.TempDir(), "base.db")
	before, traces := correctable(t, base)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, c := range corrections {
		done := 0
		var full time.Duration
		for i := range runs + 3 { // the first three are not disturbed
			db := filepath.Join(t.TempDir(), "g.db")
			for _, ending := range []string{"", ".index"} {
				if err := copyFile(db+ending, base+ending); err != nil {
					t.Fatal(err)
				}
			}
			cmd := faceidCmd(t, append([]string{"--gallery", db, "gallery"}, c.args...)...)
			start := time.Now()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if i >= 3 {
				r := rng.Float64() // more often early: the change is done long before the calibration that follows
				time.Sleep(time.Duration(r * r * float64(full)))
				_ = cmd.Process.Kill()
			}
			if err := cmd.Wait(); err != nil && i < 3 {
				t.Fatal(err)
			}
			if took := time.Since(start); i == 0 || i < 3 && took < full {
				full = took
			}
			if b, err := faceidCmd(t, "gallery", "check", "--gallery", db).CombinedOutput(); err != nil {
				t.Fatalf("%s, seed %d, run %d: check: %v\n%s", c.name, seed, i, err, b)
			}
			after := peopleByTemplate(t, db)
			if !c.may(before, after) {
				t.Fatalf("%s, seed %d, run %d: half done: %v, was %v", c.name, seed, i, after, before)
			}
			if i >= 3 && !maps.Equal(after, before) {
				done++
			}
			for id, trace := range traces {
				if _, there := after[id]; there {
					continue
				}
				for _, file := range files(t, filepath.Dir(db)) {
					if b, err := os.ReadFile(file); err != nil || bytes.Contains(b, trace) {
						t.Fatalf("%s, seed %d, run %d: %s holds removed template %d (%v)",
							c.name, seed, i, file, id, err)
					}
				}
			}
		}
		t.Logf("%s: an undisturbed run takes %v, and %d of %d killed ones happened",
			c.name, full, done, runs)
	}
}

// correctable makes a gallery of 40 people with three templates each, and an index: who has which template, and 32
// bytes of each.
func correctable(t *testing.T, path string) (people map[int64]int64, traces map[int64][]byte) {
	t.Helper()
	s, err := sqlite.Open(path, &sqlite.Options{Create: true,
		Model: &gallery.Model{Name: "toy", SHA256: "ab12", Dim: 64, Views: "plain"}})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	var all []gallery.Enrolment
	for i := range 40 {
		e := gallery.Enrolment{Name: fmt.Sprintf("P%02d", i+1)}
		for range 3 {
			v := make([]float32, 64)
			for j := range v {
				v[j] = float32(rng.NormFloat64())
			}
			e.Templates = append(e.Templates, gallery.Template{Embedding: v, Trunk: v})
		}
		all = append(all, e)
	}
	if _, err := s.Enrol(t.Context(), all, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Search(t.Context(), [][]float32{all[0].Templates[0].Embedding}, nil); err != nil { // makes the index
		t.Fatal(err)
	}
	traces = map[int64][]byte{}
	for x, err := range s.Templates(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		traces[x.ID] = f32.Append(nil, x.Embedding[:8])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return peopleByTemplate(t, path), traces
}

// peopleByTemplate opens the gallery as the next command would, and reads who has which template.
func peopleByTemplate(t *testing.T, path string) map[int64]int64 {
	t.Helper()
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	people := map[int64]int64{}
	for x, err := range s.Sources(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if people[x.ID] != 0 {
			t.Fatalf("template %d is with #%d and with #%d", x.ID, people[x.ID], x.PersonID)
		}
		people[x.ID] = x.PersonID
	}
	return people
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	hidden, err2 := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return slices.DeleteFunc(append(all, hidden...), isDir)
}
