package command

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// What could not be written to standard output is an error in text and in JSON, whatever else the exit code would be.
func TestRunWriteError(t *testing.T) {
	for _, args := range [][]string{{"models", "list"}, {"models", "list", "--json"}, {"models", "path", "ultraface"},
		{"--help"}, {"gallery"}} {
		if args[len(args)-1] == "ultraface" {
			testPeople(t) // has it
		}
		var errs bytes.Buffer
		code := run(t.Context(), args, streams{in: strings.NewReader(""), out: fullDisk{}, err: &errs})
		if code != exitError || strings.Count(errs.String(), "no space left") != 1 {
			t.Errorf("%v: exit code %d, %q", args, code, errs.String())
		}
	}
}

// Only the commands that go on where they were interrupted say so.
func TestRunInterrupted(t *testing.T) {
	people := testPeople(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("FACEID_GALLERY", t.TempDir()+"/test.db")
	for _, c := range []struct {
		args []string
		kept bool
	}{
		{[]string{"finetune", people + "/people", "--out", t.TempDir()}, false},
		{[]string{"enroll", "--largest", "--any-quality", people + "/people"}, true},
		{[]string{"detect", people + "/group.jpg"}, false},
	} {
		var out, errs bytes.Buffer
		code := run(ctx, c.args, streams{in: strings.NewReader(""), out: &out, err: &errs})
		if code != exitError || !strings.Contains(errs.String(), "faceid: interrupted") ||
			strings.Contains(errs.String(), "kept") != c.kept ||
			strings.Contains(errs.String(), "no features were stored yet") != (c.args[0] == "finetune") {
			t.Errorf("%s: exit code %d, %q", c.args[0], code, errs.String())
		}
	}
}
