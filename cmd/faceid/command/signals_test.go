package command

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// A terminal that goes away (SIGHUP) ends a command as SIGTERM does: it says so, its exit code is 2, and of an export
// that it was writing nothing is left, neither under its name nor under a hidden one.
func TestSignals(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "g.db")
	s, err := sqlite.Open(db, &sqlite.Options{Create: true,
		Model: &gallery.Model{Name: "toy", SHA256: "ab12", Dim: 512, Views: "plain"}})
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float32, 512)
	all := make([]gallery.Enrolment, 3000)
	for i := range all {
		v[0], v[1+i%511] = 1, float32(i+1)
		all[i] = gallery.Enrolment{Name: "P", Templates: []gallery.Template{{Embedding: slices.Clone(v)}}}
	}
	if _, err := s.Enrol(t.Context(), all, &gallery.EnrolOptions{NewPeople: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		out := t.TempDir()
		cmd := faceidCmd(t, "gallery", "export", "--numbers", "--gallery", db, filepath.Join(out, "x.jsonl"))
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		tillWritten(out)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) || exit.ExitCode() != exitError ||
			!strings.Contains(errs.String(), "faceid: interrupted") {
			t.Errorf("%v: %v, %q", sig, err, errs.String())
		}
		if files, err := os.ReadDir(out); err != nil || len(files) > 0 {
			t.Errorf("%v: left are %v, %v", sig, files, err)
		}
	}
	// A killed one cannot clean up; the next export to that name does.
	out := t.TempDir()
	x := filepath.Join(out, "x.jsonl")
	cmd := faceidCmd(t, "gallery", "export", "--numbers", "--gallery", db, x)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tillWritten(out)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if files, err := os.ReadDir(out); err != nil || len(files) != 1 || exists(x) {
		t.Fatalf("killed: left are %v, %v", files, err)
	}
	if b, err := faceidCmd(t, "gallery", "export", "--gallery", db, x).CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, b)
	}
	if files, err := os.ReadDir(out); err != nil || len(files) != 1 || !exists(x) {
		t.Errorf("after the next one there are %v, %v", files, err)
	}
}

// tillWritten waits till a file is being written in a folder.
func tillWritten(dir string) {
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Microsecond) {
		if files, _ := os.ReadDir(dir); len(files) > 0 {
			return
		}
	}
}
