package census_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/recognize/calibrate"
	"faceid/recognize/census"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("CENSUS_TEST_CHILD"); path != "" {
		fmt.Fprintln(os.Stderr, child(path, os.Getenv("CENSUS_TEST_FROM")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// numbered is calibration number n of a gallery: what is known of the model, and so every figure, depends on n.
func numbered(ctx context.Context, e gallery.Engine, n int) (*gallery.Calibration, error) {
	g, err := census.Take(ctx, e, nil)
	if err != nil {
		return nil, err
	}
	c, err := g.Calibration(ctx, e, calibrate.Reference{Mean: 0.01 * float64(n%5), SD: 0.05}, nil, nil)
	if err == nil {
		c.Made = time.Unix(int64(n), 0).UTC()
	}
	return c, err
}

// child calibrates until it is killed, and says which calibration it begins to store and which it has stored.
func child(path, from string) error {
	n, err := strconv.Atoi(from)
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := sqlite.Open(path, nil)
	if err != nil {
		return err
	}
	for ; ; n++ {
		c, err := numbered(ctx, s, n)
		if err != nil {
			return err
		}
		fmt.Println("begin", n)
		if n%4 == 3 { // and it goes now and then, as where too few people are left
			if err := s.SetCalibration(ctx, nil); err != nil {
				return err
			}
		}
		if err := s.SetCalibration(ctx, c); err != nil {
			return err
		}
		fmt.Println("done", n)
	}
}

// TestKillCalibrate kills a process that calibrates a gallery, at a random moment, again and again: afterwards the
// calibration that is there is the last acknowledged or the one begun, each figure of it, and the gallery is whole.
func TestKillCalibrate(t *testing.T) {
	runs := 12
	switch {
	case os.Getenv("FACEID_CRASH_RUNS") != "":
		n, err := strconv.Atoi(os.Getenv("FACEID_CRASH_RUNS"))
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	case testing.Short():
		runs = 4
	}
	path := filepath.Join(t.TempDir(), "g.db")
	crowd(t, path, 40)
	seed := uint64(time.Now().UnixNano() % 1e6)
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	last, killedWithin := 0, 0
	for run := range runs {
		begun, done := killed(t, path, last+1, 1+rng.IntN(3), time.Duration(rng.IntN(3000))*time.Microsecond)
		if begun > done {
			killedWithin++
		}
		last = after(t, path, max(last, done), begun)
		if t.Failed() {
			t.Fatalf("run %d: %d begun, %d done", run, begun, done)
		}
	}
	t.Logf("%d calibrations stored, %d of %d kills while one was", last, killedWithin, runs)
	if last == 0 || runs >= 50 && killedWithin == 0 {
		t.Error("too little happened")
	}
}

// killed starts a child that counts from a number on, kills it a moment after it began to store for the nth time, and
// returns the last numbers that it began and has done.
func killed(t *testing.T, path string, from, nth int, moment time.Duration) (begun, done int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.Env = append(os.Environ(), "CENSUS_TEST_CHILD="+path, fmt.Sprint("CENSUS_TEST_FROM=", from))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var what string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &what, &n); err != nil {
			break // cut off
		}
		if what == "done" {
			done = n
			continue
		}
		if begun = n; n == from+nth-1 {
			time.AfterFunc(moment, func() { cmd.Process.Kill() })
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if errs.Len() > 0 {
		t.Fatalf("the child failed by itself: %s", &errs)
	}
	return begun, done
}

// after looks at the gallery: calibration number last is there, or begun, where that is later, or none where begun was
// preceded by taking the old away. It returns the number found, last where there is none.
func after(t *testing.T, path string, last, begun int) int {
	t.Helper()
	if rep, err := sqlite.Check(t.Context(), path); err != nil || !rep.OK() {
		t.Errorf("check: %v, %v", rep.Problems, err)
	}
	s, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Calibration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got == nil {
		if last > 0 && !(begun > last && begun%4 == 3) {
			t.Error("the calibration is gone")
		}
		return last
	}
	n := int(got.Made.Unix())
	if n != last && n != begun {
		t.Errorf("calibration %d is there", n)
	}
	want, err := numbered(t.Context(), s, n)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("calibration %d is %+v, want %+v", n, got, want)
	}
	return n
}

// crowd makes a gallery of people with two photos each, some of them enrolled twice.
func crowd(t *testing.T, path string, people int) {
	t.Helper()
	m := gallery.Model{Name: "m", SHA256: strings.Repeat("7", 64), Dim: 64, Views: "plain"}
	s, err := sqlite.Open(path, &sqlite.Options{Create: true, Model: &m})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(4, 4))
	var own [64]float64
	var all []gallery.Enrolment
	for p := range people {
		for i := range own {
			if p%8 != 7 { // else as the one before
				own[i] = rng.NormFloat64()
			}
		}
		e := gallery.Enrolment{Name: fmt.Sprint("P", p)}
		for range 2 {
			v := make([]float32, 64)
			for i := range v {
				v[i] = float32(own[i] + 0.2*rng.NormFloat64())
			}
			e.Templates = append(e.Templates, gallery.Template{Embedding: v})
		}
		all = append(all, e)
	}
	if _, err := s.Enrol(t.Context(), all, nil); err != nil {
		t.Fatal(err)
	}
}
