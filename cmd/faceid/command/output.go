package command

import (
	"encoding/json"
	"fmt"
	"io"

	"faceid/internal/hint"
	"faceid/internal/plain"
	"faceid/recognize/advice"
	"faceid/recognize/lines"
)

// What a command has to say it says to both readers: printJSON to a script, which asked for it with --json, and printf
// or text to people, who did not.

// printJSON writes v as one line of JSON, with --json.
func (a *app) printJSON(v any) error {
	if !a.json {
		return nil
	}
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printf writes text for people.
func (a *app) printf(format string, args ...any) {
	if !a.json {
		plain.Fprintf(a.out, format, args...)
	}
}

// print writes v as a line of JSON, or has it written for people.
func (a *app) print(v any, text func(io.Writer) error) error {
	if a.json {
		return a.printJSON(v)
	}
	return text(a.out)
}

// remark writes to standard error what a person may want to know and a script does not.
func (a *app) remark(format string, args ...any) {
	if !a.quiet {
		plain.Fprintf(a.err, format+"\n", args...)
	}
}

// problem reports the failure of one input among several: the file or the name, the cause, the next step.
func (a *app) problem(path string, err error) {
	a.fail(lines.FailureOf(path, err, advice.Of(err, a.galleryName())))
}

// paste is text with commands to be pasted, for the gallery in use.
func (a *app) paste(text string) string { return advice.Paste(text, a.galleryName()) }

// withHint adds to err the next step, printed on a line of its own.
func withHint(err error, next string) error { return hint.With(err, next) }

// fail prints what went wrong, and the next step on a line of its own; with --json an object. It goes to standard error
// both times: what reads answers from a pipe must not meet a line of another kind among them.
func (a *app) fail(f lines.Failure) {
	if a.json {
		_ = json.NewEncoder(a.err).Encode(lines.Failed{Error: f})
		return
	}
	what := plain.Lines(f.Message)
	if f.Path != "" {
		what = plain.Quoted(f.Path) + ": " + what
	}
	fmt.Fprintln(a.err, "faceid:", what)
	if f.Hint != "" {
		fmt.Fprintln(a.err, "  "+plain.Lines(f.Hint))
	}
}
