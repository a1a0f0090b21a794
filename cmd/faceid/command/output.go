package command

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a command has to say it says to both readers: printJSON to a script, which asked for it with --json, and printf or text
// to people, who did not.

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
		fmt.Fprintf(a.out, format, args...)
	}
}

// text has something write itself for people.
func (a *app) text(write func(io.Writer) error) error {
	if a.json {
		return nil
	}
	return write(a.out)
}

// remark writes to standard error what a person may want to know and a script does not.
func (a *app) remark(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// problem reports the failure of one input among several: the file, the cause, the next step.
func (a *app) problem(path string, err error) {
	fmt.Fprintf(a.err, "faceid: %s: %s\n", shown(path), strings.TrimPrefix(err.Error(), path+": "))
	if h := hintOf(err); h != "" {
		fmt.Fprintf(a.err, "  %s\n", h)
	}
}

// shown is a path or a name for the terminal: quoted where it is empty or holds what cannot be printed.
func shown(s string) string {
	if s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	return strconv.Quote(s)
}
