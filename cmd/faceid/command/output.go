package command

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"faceid/recognize"
)

// printJSON writes v as one line of JSON.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printf writes text for people, and nothing with --json.
func (a *app) printf(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.out, format, args...)
	}
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

// pointWords says for people what an operating point costs.
func pointWords(p recognize.Point) string {
	if math.IsNaN(p.FAR) {
		return "false accept rate not measured"
	}
	if p.People > 0 {
		return oneIn(p.FAR) + " pairs of different people like those enrolled passes"
	}
	on, _, _ := strings.Cut(p.On, ",")
	return oneIn(p.FAR) + " pairs of different people passes on " + on
}

// plural is "1 photo", "2 photos".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// oneIn says a false accept rate in words: 0.001 is "1 in 1,000".
func oneIn(far float64) string {
	if far <= 0 {
		return "none seen"
	}
	return "1 in " + thousands(int64(1/far+0.5))
}

// thousands is n with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size is a number of bytes for people.
func size(n int64) string {
	const unit = "kMGT"
	f, i := float64(n), -1
	for f >= 1000 && i < len(unit)-1 {
		f /= 1000
		i++
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %cB", f, unit[i])
}
