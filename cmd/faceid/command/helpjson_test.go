package command

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"faceid/recognize/lines"
)

// checked is Main for scripts: what it prints with --json is held against the description of the command's lines, field
// by field, and so are failures. A line of another kind is exit code 99, which no script wants.
func checked() int {
	given := func(flag string) bool { return slices.Contains(os.Args, flag) }
	if os.Getenv("FACEID_HOLD_JSON") == "" || !given("--json") || given("--help") {
		return Main()
	}
	var out, errs bytes.Buffer
	endOut, endErr := tee(&os.Stdout, &out), tee(&os.Stderr, &errs)
	code := Main()
	endOut()
	endErr()
	name := commandOf(os.Args[1:])
	for line := range strings.Lines(out.String()) {
		if err := fits(name, line); err != nil {
			fmt.Fprintf(os.Stderr, "faceid help json does not describe a line of %s: %v\n", name, err)
			return 99
		}
	}
	for line := range strings.Lines(errs.String()) {
		if strings.HasPrefix(line, "faceid: ") {
			fmt.Fprintf(os.Stderr, "with --json a failure is an object\n")
			return 99
		}
		if err := fits("errors", line); strings.HasPrefix(line, "{") && name != "serve" && err != nil {
			fmt.Fprintf(os.Stderr, "faceid help json does not describe a failure: %v\n", err)
			return 99
		}
	}
	return code
}

// tee copies what is written to a stream to b as well, until end is called.
func tee(stream **os.File, b *bytes.Buffer) (end func()) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	old, done := *stream, make(chan struct{})
	*stream = w
	go func() {
		defer close(done)
		_, _ = io.Copy(io.MultiWriter(b, old), r)
	}()
	return func() {
		w.Close()
		<-done
		*stream = old
	}
}

// commandOf is the name of a command line's output.
func commandOf(args []string) string {
	cmd, _, err := newRoot(&app{}).Find(args)
	if err != nil {
		return ""
	}
	name := strings.TrimPrefix(cmd.CommandPath(), "faceid ")
	if name == "identify" && slices.Contains(args, "--head") {
		name += " --head"
	}
	return name
}

func fits(name, line string) error {
	i := slices.IndexFunc(outputs, func(o lines.Output) bool { return o.Command == name })
	if i < 0 {
		return fmt.Errorf("there is no such output: %s", line)
	}
	return outputs[i].Shape().Check([]byte(line))
}

// Each output is seen by a script, so that checked has held it; no other command prints one, and the help names each.
func TestHelpJSON(t *testing.T) {
	silent := []string{"gallery export", "gallery repair", "models pull", "serve", "serve key revoke"}
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all string
	for _, file := range scripts {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	seen := map[string]bool{"errors": true}
	withJSON := regexp.MustCompile(`(?m)^(?:exec|exits \d) faceid (.*--json.*)$`)
	for _, args := range withJSON.FindAllStringSubmatch(all, -1) {
		seen[commandOf(strings.Fields(args[1]))] = true
	}
	var out bytes.Buffer
	run(t.Context(), []string{"help", "json"}, streams{in: strings.NewReader(""), out: &out, err: io.Discard})
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "  ") && len(line) < 50 {
			t.Errorf("not explained: %s", line)
		}
	}
	described := map[string]bool{}
	for _, o := range outputs {
		described[o.Command] = true
		if !seen[o.Command] {
			t.Errorf("no script runs faceid %s --json", o.Command)
		}
		if !strings.Contains(out.String(), "\n"+o.Command+": a line per ") {
			t.Errorf("faceid help json does not name %s", o.Command)
		}
	}
	for _, cmd := range leafCommands(newRoot(&app{})) {
		if name := strings.TrimPrefix(cmd.CommandPath(), "faceid "); described[name] == slices.Contains(silent, name) {
			t.Errorf("%s: described %v, silent %v", name, described[name], !described[name])
		}
	}
}

// A failure is one object with code, message, hint and path; remarks are none, and so is a command line that cannot be
// read.
func TestFailedJSON(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		want lines.Failure
	}{
		{[]string{"gallery", "list", "--gallery", filepath.Join(dir, "none.db")}, lines.Failure{Code: "not_found"}},
		{[]string{"gallery", "list", "--nosuch"},
			lines.Failure{Code: "failed", Hint: "faceid gallery list --help lists the flags"}},
		{[]string{"models", "path", "nosuch"}, lines.Failure{Code: "model_not_found"}},
		{[]string{"detect", dir}, lines.Failure{Code: "failed", Path: dir, Message: "no photos in this folder"}},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append(c.args, "--json"), streams{in: strings.NewReader(""), out: &out, err: &errs})
		if err := fits("errors", errs.String()); err != nil || code != exitError || out.Len() > 0 {
			t.Errorf("%q: exit code %d, %v, %q, %q", c.args, code, err, out.String(), errs.String())
		}
		for _, part := range []string{`"code":"` + c.want.Code + `"`, c.want.Hint, `"path":"` + c.want.Path + `"`,
			c.want.Message} {
			if !strings.Contains(errs.String(), part) {
				t.Errorf("%q: %s, want %q", c.args, errs.String(), part)
			}
		}
	}
}
