package sqlite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

const (
	crashDim   = 16
	crashTrunk = 6
)

// TestMain lets the test binary be its own victim.
func TestMain(m *testing.M) {
	if path := os.Getenv("GALLERY_TEST_CHILD"); path != "" {
		run := child
		if os.Getenv("GALLERY_TEST_CORRECT") != "" {
			run = correctingChild
		}
		if err := run(path, os.Getenv("GALLERY_TEST_SEED")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashVec is the embedding of template n of the person with this name, so that both processes know it.
func crashVec(name string, n int) []float32 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(name) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return randVec(rand.New(rand.NewPCG(h, uint64(n))), crashDim)
}

func crashTemplates(name string, n int) []gallery.Template {
	ts := make([]gallery.Template, n)
	for i := range ts {
		v := crashVec(name, i)
		ts[i] = gallery.Template{Embedding: v, Trunk: v[:crashTrunk]}
	}
	return ts
}

// child changes the gallery at random until it is killed, and says on standard output what was acknowledged:
// "+ id templates name" and "- id", preceded by "? id" when a removal begins, and by "m views" for a migration.
func child(path, seed string) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(n, 99))
	ctx := context.Background()
	s, err := sqlite.Open(path, nil)
	if err != nil {
		return err
	}
	var mine []int64
	names := 0
	fmt.Println("ready")
	for {
		name := func() string { names++; return fmt.Sprintf("%s-%d", seed, names) }
		var said strings.Builder
		switch x := r.IntN(20); {
		case x < 9:
			var e []gallery.Enrolment
			for range 1 + r.IntN(8) {
				k := name()
				e = append(e, gallery.Enrolment{Name: k, Templates: crashTemplates(k, 1+r.IntN(3))})
			}
			got, err := s.Enrol(ctx, e, nil)
			if err != nil {
				return err
			}
			for j, g := range got {
				if g.Created {
					fmt.Fprintf(&said, "+ %d %d %s\n", g.PersonID, g.Added, e[j].Name)
					mine = append(mine, g.PersonID)
				}
			}
		case x < 12 && len(mine) > 0:
			j := r.IntN(len(mine))
			fmt.Println("?", mine[j])
			if err := s.Remove(ctx, mine[j]); err != nil {
				return err
			}
			fmt.Fprintln(&said, "-", mine[j])
			mine = append(mine[:j], mine[j+1:]...)
		case x < 13:
			var b bytes.Buffer
			for range 30 {
				k := name()
				v, _ := json.Marshal(crashVec(k, 0))
				u, _ := json.Marshal(crashVec(k, 0)[:crashTrunk])
				fmt.Fprintf(&b, `{"name":%q,"templates":[{"embedding":%s,"trunk":%s}]}`+"\n", k, v, u)
			}
			if _, err := gallery.ImportJSONL(ctx, s, &b, &gallery.TransferOptions{Batch: 7}); err != nil {
				return err
			}
		case x < 14:
			if err := s.Compact(ctx); err != nil {
				return err
			}
		default: // extends the index
			if _, err := s.Search(ctx, [][]float32{randVec(r, crashDim)}, nil); err != nil {
				return err
			}
		}
		os.Stdout.WriteString(said.String())
	}
}

// crashRuns is the number of kills; CI sets FACEID_CRASH_RUNS=500.
func crashRuns(t *testing.T) int {
	if s := os.Getenv("FACEID_CRASH_RUNS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if testing.Short() {
		return 5
	}
	return 25
}

// ledger is what children said.
type ledger struct {
	there map[int64]string // acknowledged, not removed
	count map[int64]int    // their templates
	maybe map[int64]bool   // a removal began
	gone  map[int64]bool   // acknowledged removals
}

func (l *ledger) read(t *testing.T, out []byte) {
	t.Helper()
	lines := strings.SplitAfter(string(out), "\n")
	for _, line := range lines {
		if !strings.HasSuffix(line, "\n") {
			break // killed while it spoke
		}
		var id int64
		var n int
		var name string
		switch {
		case line == "ready\n":
		case strings.HasPrefix(line, "+"):
			if _, err := fmt.Sscanf(line, "+ %d %d %s", &id, &n, &name); err != nil {
				t.Fatal(line, err)
			}
			if l.gone[id] || l.there[id] != "" {
				t.Fatalf("id %d was given twice", id)
			}
			l.there[id], l.count[id] = name, n
		case strings.HasPrefix(line, "?"):
			fmt.Sscanf(line, "? %d", &id)
			l.maybe[id] = true
		case strings.HasPrefix(line, "-"):
			fmt.Sscanf(line, "- %d", &id)
			delete(l.there, id)
			l.gone[id] = true
		default:
			t.Fatalf("child said %q", line)
		}
	}
}

// verify checks that the gallery is sound, and that whoever is acknowledged is there, searchable, and nobody else is.
func (l *ledger) verify(t *testing.T, path string) {
	t.Helper()
	rep, err := sqlite.Check(t.Context(), path)
	if err != nil || !rep.OK() {
		t.Fatalf("check: %v, %v", rep.Problems, err)
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	present := make(map[int64]string)
	for p, err := range s.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		present[p.ID] = p.Name
	}
	var probes [][]float32
	var want []int64
	for id, name := range l.there {
		if present[id] == "" && l.maybe[id] {
			delete(l.there, id) // the removal was done, its acknowledgement was not heard
			l.gone[id] = true
			continue
		}
		if present[id] != name {
			t.Fatalf("person %d is %q, acknowledged as %q", id, present[id], name)
		}
		n := 0
		for x, err := range s.Templates(t.Context(), id) {
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(floatBytes(x.Embedding), floatBytes(crashVec(name, n))) {
				t.Fatalf("person %d: template %d is not the one enrolled", id, n)
			}
			n++
		}
		if n != l.count[id] {
			t.Fatalf("person %d has %d templates, acknowledged %d", id, n, l.count[id])
		}
		if len(probes) < 200 {
			probes, want = append(probes, crashVec(name, 0)), append(want, id)
		}
	}
	for id := range l.gone {
		if present[id] != "" {
			t.Fatalf("person %d was removed and is there", id)
		}
	}
	if len(probes) == 0 {
		return
	}
	got, err := s.Search(t.Context(), probes, &gallery.SearchOptions{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, ms := range got {
		if len(ms) == 0 || ms[0].PersonID != want[i] || ms[0].Score < 0.999 {
			t.Fatalf("person %d is not found: %v", want[i], ms)
		}
		for _, m := range ms {
			if present[m.PersonID] != m.Name {
				t.Fatalf("search found %v, who is not there", m)
			}
		}
	}
	if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() ||
		rep.Index != "current" && rep.Index != "none" {
		t.Fatalf("check after search: %+v, %v", rep, err)
	}
}

func startChild(t *testing.T, path string, seed uint64, env ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.Env = append(append(os.Environ(), "GALLERY_TEST_CHILD="+path, fmt.Sprint("GALLERY_TEST_SEED=", seed)), env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &out, &errs
}

// TestKill kills a process that enrols, removes, imports, compacts and searches, at a random moment, again and again.
func TestKill(t *testing.T) {
	seed := uint64(time.Now().UnixNano() % 1e6)
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 5))
	path := filepath.Join(t.TempDir(), "g")
	open(t, path, crashDim).Close()
	l := ledger{make(map[int64]string), make(map[int64]int), make(map[int64]bool), make(map[int64]bool)}
	for run := range crashRuns(t) {
		if run%40 == 39 { // a fresh one now and then, to keep it small
			path = filepath.Join(t.TempDir(), "g")
			open(t, path, crashDim).Close()
			l = ledger{make(map[int64]string), make(map[int64]int), make(map[int64]bool), make(map[int64]bool)}
		}
		c, out, errs := startChild(t, path, seed*1000+uint64(run))
		time.Sleep(time.Duration(20+r.IntN(250)) * time.Millisecond)
		c.Process.Kill()
		c.Wait()
		if errs.Len() > 0 {
			t.Fatalf("run %d: the child failed by itself: %s", run, errs)
		}
		l.read(t, out.Bytes())
		l.verify(t, path)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d people there, %d removed", len(l.there), len(l.gone))
	if len(l.there) == 0 {
		t.Error("the children did nothing")
	}
}

// TestProcesses has two processes that change the gallery while this one searches.
func TestProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g")
	s := open(t, path, crashDim)
	if _, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: "always", Templates: crashTemplates("always", 2)}},
		nil); err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano() % 1e6)
	a, outA, errA := startChild(t, path, seed)
	b, outB, errB := startChild(t, path, seed+1)
	end := time.Now().Add(2 * time.Second)
	if testing.Short() {
		end = time.Now().Add(500 * time.Millisecond)
	}
	searches := 0
	for ; time.Now().Before(end); searches++ {
		got, err := s.Search(t.Context(), [][]float32{crashVec("always", 1)}, &gallery.SearchOptions{K: 5})
		if err != nil {
			t.Error(err)
			break
		}
		if m := got[0]; len(m) == 0 || m[0].Name != "always" || m[0].Score < 0.999 {
			t.Errorf("found %v", m)
			break
		}
	}
	for _, c := range []*exec.Cmd{a, b} {
		c.Process.Kill()
		c.Wait()
	}
	if errA.Len()+errB.Len() > 0 {
		t.Fatalf("children: %s %s", errA, errB)
	}
	l := ledger{make(map[int64]string), make(map[int64]int), make(map[int64]bool), make(map[int64]bool)}
	l.read(t, outA.Bytes())
	l.read(t, outB.Bytes())
	l.verify(t, path)
	t.Logf("%d searches beside %d enrolments and %d removals", searches, len(l.there)+len(l.gone), len(l.gone))
	if len(l.there) < 2 || searches < 10 {
		t.Error("too little happened")
	}
}

// TestCreateRace has many creators of one file; all end with the same gallery.
func TestCreateRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g")
	done := make(chan error)
	for i := range 8 {
		go func() {
			s, err := sqlite.Open(path, &sqlite.Options{Model: model(8), Create: true})
			if err == nil {
				v := make([]float32, 8)
				v[i] = 1
				_, err = s.Enrol(context.Background(),
					[]gallery.Enrolment{{Name: fmt.Sprint(i), Templates: []gallery.Template{{Embedding: v}}}}, nil)
				err = errors.Join(err, s.Close())
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	rep, err := sqlite.Check(t.Context(), path)
	if err != nil || !rep.OK() || rep.Info.People != 8 {
		t.Errorf("%+v, %v", rep, err)
	}
	// SQLite's own two files stay if the last two closed at the same moment.
	left, err := fs.Glob(os.DirFS(filepath.Dir(path)), "*")
	if left = slices.DeleteFunc(left, func(f string) bool { return f == "g-wal" || f == "g-shm" }); err != nil ||
		len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}
