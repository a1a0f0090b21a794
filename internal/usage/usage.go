// Package usage says what is wrong with a command line in words for people, and what to write instead: the libraries
// that read it speak of arguments, flags and strconv.
package usage

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"faceid/internal/hint"
)

// Error is err in these words, where it is of the command line args of cmd; any other comes back as it is.
func Error(cmd *cobra.Command, err error, args []string) error {
	var (
		unknown *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		bad     *pflag.InvalidValueError
	)
	path := cmd.CommandPath()
	help := path + " --help lists the flags"
	for _, arg := range args {
		if _, err := os.Lstat(arg); err == nil && strings.HasPrefix(arg, "-") {
			help = fmt.Sprintf("a name that begins with a dash goes behind two: %s -- %s", path, arg)
		}
	}
	says := func(next, format string, a ...any) error { return hint.With(fmt.Errorf(format, a...), next) }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unknown):
		if unknown.GetSpecifiedShortnames() != "" {
			return says(help, "%s has no flag -%s", path, unknown.GetSpecifiedName())
		}
		name := unknown.GetSpecifiedName()
		if near := nearest(cmd.Flags(), name); near != "" && !strings.Contains(help, " -- ") {
			help = "did you mean --" + near + "? " + help
		}
		return says(help, "%s has no flag --%s", path, name)
	case errors.As(err, &bare):
		return says(about(bare.GetFlag()), "--%s needs a value", bare.GetFlag().Name)
	case errors.As(err, &bad):
		f := bad.GetFlag()
		want := kinds[f.Value.Type()]
		if want == "" {
			want = errors.Unwrap(bad).Error()
		}
		return says(about(f), "--%s %s: %s", f.Name, bad.GetValue(), want)
	}
	return arguments(cmd, err, says)
}

// kinds are what a flag of a type takes. Others say it themselves.
var kinds = map[string]string{
	"float64": "it takes a number", "int": "it takes a whole number", "int64": "it takes a whole number",
	"uint64": "it takes a whole number, 0 or more", "bool": "it takes true or false",
	"duration": "it takes a time, such as 30s or 5m",
}

// about is what a flag is for.
func about(f *pflag.Flag) string {
	name, text := pflag.UnquoteUsage(f)
	return strings.TrimSpace("--"+f.Name+" "+name) + ": " + text
}

// arguments says what is wrong with what is no flag.
func arguments(cmd *cobra.Command, err error, says func(next, format string, a ...any) error) error {
	var n, more, have int
	path, use := cmd.CommandPath(), "usage: "+cmd.UseLine()
	text := err.Error()
	scan := func(format string, to ...any) bool { _, err := fmt.Sscanf(text, format, to...); return err == nil }
	switch {
	case scan("requires at least %d arg(s), only received %d", &n, &have):
		return says(use, "%s takes at least %s, not %d", path, count(n), have)
	case scan("accepts at most %d arg(s), received %d", &n, &have):
		return says(use, "%s takes at most %s, not %d", path, count(n), have)
	case scan("accepts between %d and %d arg(s), received %d", &n, &more, &have):
		return says(use, "%s takes %d to %s, not %d", path, n, count(more), have)
	case scan("accepts %d arg(s), received %d", &n, &have):
		return says(use, "%s takes %s, not %d", path, count(n), have)
	}
	if _, list, ok := strings.Cut(text, "are set none of the others can be; ["); ok {
		list, _, _ = strings.Cut(list, "]")
		return says("give one of them", "--%s do not go together", strings.Join(strings.Fields(list), " and --"))
	}
	if _, list, ok := strings.Cut(text, `required flag(s) "`); ok {
		name, _, _ := strings.Cut(list, `"`)
		return says(about(cmd.Flag(name)), "%s needs --%s", path, name)
	}
	var what, of string
	if scan("unknown command %q for %q", &what, &of) {
		if cmd.HasAvailableSubCommands() {
			return Subcommand(cmd, what)
		}
		return says(use, "%s takes no arguments, not %q", path, what)
	}
	return err
}

func count(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprint(n, " arguments")
}

// Blank refuses flags of cmd that were given without a text in them. Without this "--gallery $G", where G is not set,
// would be the default gallery.
func Blank(cmd *cobra.Command, _ []string) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		all := []string{f.Value.String()}
		switch v, list := f.Value.(pflag.SliceValue); {
		case list:
			all = v.GetSlice() // an empty one is one without entries
		case f.Value.Type() != "string":
			return
		}
		blank := func(s string) bool { return strings.TrimSpace(s) == "" }
		if err == nil && slices.ContainsFunc(all, blank) {
			err = hint.With(fmt.Errorf("--%s is blank", f.Name), "is a shell variable unset? "+about(f))
		}
	})
	return err
}

// Subcommand says that cmd has no subcommand of a name, and which ones are like it.
func Subcommand(cmd *cobra.Command, name string) error {
	next := cmd.CommandPath() + " --help lists all"
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		next = "did you mean " + cmd.CommandPath() + " " + strings.Join(near, " or ") + "?"
	}
	what := "subcommand"
	if !cmd.HasParent() {
		what = "command"
	}
	return hint.With(fmt.Errorf("%s has no %s %q", cmd.CommandPath(), what, name), next)
}

// nearest is the name of the flag that a wrong one was most likely meant for, "" where none is like it.
func nearest(flags *pflag.FlagSet, wrong string) string {
	best, at := "", 1+max(1, len(wrong)/3)
	flags.VisitAll(func(f *pflag.Flag) {
		d := distance(wrong, f.Name)
		if strings.HasPrefix(f.Name, wrong) && wrong != "" {
			d = min(d, 1)
		}
		if d < at && !f.Hidden {
			best, at = f.Name, d
		}
	})
	return best
}

// distance is how many letters must be put in, taken out, changed or swapped with the next (Damerau and Levenshtein,
// optimal string alignment).
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range b {
		d[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			change := d[i][j]
			if a[i] != b[j] {
				change++
			}
			d[i+1][j+1] = slices.Min([]int{change, d[i][j+1] + 1, d[i+1][j] + 1})
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d[i+1][j+1] = min(d[i+1][j+1], d[i-1][j-1]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
