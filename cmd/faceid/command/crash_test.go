package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"faceid/gallery/sqlite"
	"faceid/recognize/lines"
)

// A folder enrolment killed at a random moment: everybody acknowledged is there, the check is clean, and the same
// command enrols the rest. FACEID_SLOW=1 kills 200 times.
func TestKillDuringEnrol(t *testing.T) {
	dir := filepath.Join(testPeople(t), "people")
	runs := 8
	if os.Getenv("FACEID_SLOW") == "1" {
		runs = 200
	}
	if testing.Short() {
		runs = 2
	}
	start := time.Now()
	whole := filepath.Join(t.TempDir(), "whole.db")
	want := mustEnrol(t, whole, dir)
	full := time.Since(start)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, an undisturbed run takes %v and enrols %d people", seed, full, len(want))
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range runs {
		db := filepath.Join(t.TempDir(), "killed.db")
		cmd := faceidCmd(t, "enroll", "--largest", "--any-quality", "--json", "--gallery", db, dir)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Float64() * float64(full)))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		acked := enrollLines(t, out.Bytes())
		if _, err := os.Stat(db); err != nil {
			if len(acked) > 0 {
				t.Fatalf("run %d: %d people acknowledged, and no gallery", i, len(acked))
			}
			continue // killed before the gallery was made
		}
		if b, err := faceidCmd(t, "gallery", "check", "--gallery", db).CombinedOutput(); err != nil {
			t.Fatalf("run %d: check: %v\n%s", i, err, b)
		}
		if have := templatesByName(t, db); !covers(have, acked) {
			t.Fatalf("run %d: acknowledged %v, found %v", i, acked, have)
		}
		if i%10 == 0 {
			mustEnrol(t, db, dir)
			if have := templatesByName(t, db); len(have) != len(want) || !covers(have, want) || !covers(want, have) {
				t.Fatalf("run %d: after going on: %v, want %v", i, have, want)
			}
		}
	}
}

// Two processes enrol into one gallery while a third one searches: nothing lost, nothing wrong.
func TestTwoEnrolOneSearches(t *testing.T) {
	photos := testPeople(t)
	db := filepath.Join(t.TempDir(), "shared.db")
	all, err := filepath.Glob(filepath.Join(photos, "people", "*"))
	if err != nil || len(all) < 4 {
		t.Fatalf("%d people: %v", len(all), err)
	}
	halves := [2]string{t.TempDir(), t.TempDir()}
	for i, p := range all {
		if err := os.Symlink(p, filepath.Join(halves[i%2], filepath.Base(p))); err != nil {
			t.Fatal(err)
		}
	}
	probe := filepath.Join(all[0], "a.jpg")
	mustEnrolAs(t, db, filepath.Base(all[0]), probe)
	var wg sync.WaitGroup
	for _, half := range halves {
		wg.Go(func() {
			if b, err := faceidCmd(t, "enroll", "--largest", "--any-quality", "--gallery", db,
				half).CombinedOutput(); err != nil {
				t.Errorf("enroll: %v\n%s", err, b)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for searching := true; searching; {
		select {
		case <-done:
			searching = false
		default:
		}
		b, err := faceidCmd(t, "identify", "--largest", "--json", "--gallery", db, probe).Output()
		if err != nil {
			t.Fatalf("identify: %v\n%s%s", err, b, stderr(err))
		}
		var line lines.Identified
		if err := json.Unmarshal(b, &line); err != nil {
			t.Fatal(err)
		}
		if line.Person == nil || line.Person.Name != filepath.Base(all[0]) || line.Person.Score < 0.9 {
			t.Fatalf("%s identified as %+v", probe, line.Person)
		}
	}
	if have := templatesByName(t, db); len(have) != len(all) {
		t.Fatalf("%d people enrolled, want %d", len(have), len(all))
	}
}

func stderr(err error) []byte {
	if e, ok := err.(*exec.ExitError); ok {
		return e.Stderr
	}
	return nil
}

// mustEnrol enrols a folder of people and returns the templates each has then.
func mustEnrol(t *testing.T, db, dir string) map[string]int {
	t.Helper()
	if b, err := faceidCmd(t, "enroll", "--largest", "--any-quality", "--gallery", db,
		dir).CombinedOutput(); err != nil {
		t.Fatalf("enroll: %v\n%s", err, b)
	}
	return templatesByName(t, db)
}

func mustEnrolAs(t *testing.T, db, name, photo string) {
	t.Helper()
	if b, err := faceidCmd(t, "enroll", "--largest", "--any-quality", "--gallery", db, name,
		photo).CombinedOutput(); err != nil {
		t.Fatalf("enroll: %v\n%s", err, b)
	}
}

// enrollLines sums the acknowledged templates a name; a last line that the kill cut off is no acknowledgement.
func enrollLines(t *testing.T, out []byte) map[string]int {
	t.Helper()
	acked := map[string]int{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var line lines.Enrolled
		if json.Unmarshal(s.Bytes(), &line) == nil && line.PersonID > 0 {
			acked[line.Name] += line.Added
		}
	}
	return acked
}

func templatesByName(t *testing.T, db string) map[string]int {
	t.Helper()
	g, err := sqlite.Open(db, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	ctx := context.Background()
	names, have := map[int64]string{}, map[string]int{}
	for p, err := range g.People(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		names[p.ID] = p.Name
	}
	for tpl, err := range g.Templates(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		have[names[tpl.PersonID]]++
	}
	return have
}

// covers tells whether have holds at least want.
func covers(have, want map[string]int) bool {
	for name, n := range want {
		if have[name] < n {
			return false
		}
	}
	return true
}
