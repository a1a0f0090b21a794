package sqlite_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// correctingChild removes templates, moves and merges at random until it is killed. It says each operation before it
// begins and "done" afterwards: "remove template…", "move person template…", "merge into from…".
func correctingChild(path, seed string) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(n, 98))
	ctx := context.Background()
	s, err := sqlite.Open(path, nil)
	if err != nil {
		return err
	}
	people := make(map[int64][]int64)
	for t, err := range s.Sources(ctx, 0) {
		if err != nil {
			return err
		}
		people[t.PersonID] = append(people[t.PersonID], t.ID)
	}
	for len(people) > 2 {
		ids := slices.Sorted(maps.Keys(people))
		a, b := ids[r.IntN(len(ids))], ids[r.IntN(len(ids))]
		some := people[a][r.IntN(len(people[a])):]
		switch x := r.IntN(8); {
		case a == b:
			continue
		case x < 2:
			fmt.Println("remove", strings.Trim(fmt.Sprint(some), "[]"))
			err = s.RemoveTemplates(ctx, some...)
			people[a] = people[a][:len(people[a])-len(some)]
		case x < 5:
			fmt.Println("move", b, strings.Trim(fmt.Sprint(some), "[]"))
			_, err = s.Move(ctx, some, b)
			people[a] = people[a][:len(people[a])-len(some)]
			people[b] = append(slices.Clone(people[b]), some...)
		case x == 5:
			fmt.Println("merge", b, a)
			_, err = s.Merge(ctx, b, a)
			people[b] = append(slices.Clone(people[b]), people[a]...)
			delete(people, a)
		default: // the index follows
			if _, err := s.Search(ctx, [][]float32{randVec(r, crashDim)}, nil); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if len(people[a]) == 0 {
			delete(people, a) // stays as a person without templates
		}
		fmt.Println("done")
	}
	select {}
}

// correctable is what the gallery of the correcting children should hold.
type correctable struct {
	owner map[int64]int64 // of each template that is there
	there map[int64]bool  // people
	gone  map[int64][]byte
	bytes map[int64][]byte // the embedding of each template ever enrolled
}

// do does what an operation as a child said it should have done.
func (c *correctable) do(op string) {
	var ids []int64
	f := strings.Fields(op)
	for _, x := range f[1:] {
		n, err := strconv.ParseInt(x, 10, 64)
		if err != nil {
			panic(op)
		}
		ids = append(ids, n)
	}
	switch f[0] {
	case "remove":
		for _, t := range ids {
			delete(c.owner, t)
			c.gone[t] = c.bytes[t]
		}
	case "move":
		for _, t := range ids[1:] {
			c.owner[t] = ids[0]
		}
	case "merge":
		for t, p := range c.owner {
			if p == ids[1] {
				c.owner[t] = ids[0]
			}
		}
		delete(c.there, ids[1])
	}
}

// TestKillCorrect kills a process that corrects a gallery, at a random moment, again and again: afterwards every
// operation is done or not, as a whole, those acknowledged are done, each template is found as the one whom it belongs
// to, and nothing is left of removed ones in any file.
func TestKillCorrect(t *testing.T) {
	seed := uint64(time.Now().UnixNano() % 1e6)
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 6))
	dir := t.TempDir()
	path := filepath.Join(dir, "g")
	c := &correctable{make(map[int64]int64), make(map[int64]bool), make(map[int64][]byte), make(map[int64][]byte)}
	open(t, path, crashDim).Close()
	ops := 0
	for run := range crashRuns(t) {
		c.refill(t, path, r)
		cmd, out, errs := startChild(t, path, seed*1000+uint64(run), "GALLERY_TEST_CORRECT=1")
		time.Sleep(time.Duration(20+r.IntN(150)) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		if errs.Len() > 0 {
			t.Fatalf("run %d: the child failed by itself: %s", run, errs)
		}
		var begun string
		for line := range strings.Lines(out.String()) {
			switch {
			case !strings.HasSuffix(line, "\n"): // killed while it spoke, before it began
			case line == "done\n":
				c.do(begun)
				begun = ""
				ops++
			default:
				begun = line
			}
		}
		c.verify(t, path, begun)
		if t.Failed() {
			t.Fatalf("run %d, in the middle of %q", run, begun)
		}
	}
	t.Logf("%d operations, %d templates there, %d removed", ops, len(c.owner), len(c.gone))
	if ops < 2 || len(c.gone) == 0 {
		t.Error("too little happened")
	}
}

// refill enrols people until there are some to be corrected.
func (c *correctable) refill(t *testing.T, path string, r *rand.Rand) {
	t.Helper()
	if len(c.owner) > 150 {
		return
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var e []gallery.Enrolment
	for range 60 {
		x := gallery.Enrolment{Name: fmt.Sprint(r.Uint64())}
		for range 1 + r.IntN(5) {
			v := randVec(r, crashDim)
			x.Templates = append(x.Templates, gallery.Template{Embedding: v, Trunk: v[:crashTrunk]})
		}
		e = append(e, x)
	}
	got, err := s.Enrol(t.Context(), e, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range got {
		c.there[g.PersonID] = true
		for x, err := range s.Templates(t.Context(), g.PersonID) {
			if err != nil {
				t.Fatal(err)
			}
			c.owner[x.ID], c.bytes[x.ID] = x.PersonID, floatBytes(x.Embedding)
		}
	}
}

// verify compares the gallery with what it should hold, with or without the operation that was begun last.
func (c *correctable) verify(t *testing.T, path, begun string) {
	t.Helper()
	if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() {
		t.Fatalf("check: %v, %v", rep.Problems, err)
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	owner, there := make(map[int64]int64), make(map[int64]bool)
	for p, err := range s.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		there[p.ID] = true
	}
	var probes [][]float32
	var templates []int64
	for x, err := range s.Templates(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if string(floatBytes(x.Embedding)) != string(c.bytes[x.ID]) || owner[x.ID] != 0 {
			t.Errorf("template %d is not the one enrolled, or there twice", x.ID)
		}
		owner[x.ID] = x.PersonID
		probes, templates = append(probes, x.Embedding), append(templates, x.ID)
	}
	if begun != "" && !(maps.Equal(owner, c.owner) && maps.Equal(there, c.there)) {
		c.do(begun)
	}
	if !maps.Equal(owner, c.owner) || !maps.Equal(there, c.there) {
		t.Errorf("%d templates of %d people, want %d of %d", len(owner), len(there), len(c.owner), len(c.there))
		return
	}
	found, err := s.Search(t.Context(), probes, &gallery.SearchOptions{K: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range found {
		if len(m) != 1 || m[0].TemplateID != templates[i] || m[0].PersonID != owner[templates[i]] {
			t.Errorf("template %d of person %d: found %v", templates[i], owner[templates[i]], m)
		}
	}
	if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() || rep.Index != "current" {
		t.Errorf("check after search: %+v, %v", rep, err)
	}
	traces := make(map[string][]byte)
	for id, b := range c.gone {
		traces[fmt.Sprint("embedding ", id)] = b[:48]
	}
	sought(t, filepath.Dir(path), traces, false)
}
