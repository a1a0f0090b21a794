package usage

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"faceid/internal/deptest"
	"faceid/internal/hint"
)

// A command line in, words out.
func TestWalls(t *testing.T) {
	deptest.Ours(t, "what is wrong with a command line can be said without the rest", "./internal/hint")
}

func tree() *cobra.Command {
	root := &cobra.Command{Use: "app", SilenceErrors: true, SilenceUsage: true, PersistentPreRunE: Blank}
	do := func(cmd *cobra.Command, _ []string) error { return nil }
	one := &cobra.Command{Use: "one PHOTO", Args: cobra.ExactArgs(1), RunE: do}
	f := one.Flags()
	f.Float64("far", 1e-4, "the `SHARE` of pairs that may pass")
	f.IntP("top", "k", 1, "how many")
	f.Uint64("seed", 1, "seed")
	f.Bool("largest", false, "only the largest")
	f.Duration("wait", time.Second, "how long")
	f.String("threshold", "", "score")
	f.StringArray("with", nil, "`FOLDER` beside")
	f.StringSlice("kinds", nil, "kinds")
	one.MarkFlagsMutuallyExclusive("far", "threshold")
	root.AddCommand(one, &cobra.Command{Use: "some PHOTO...", Args: cobra.MinimumNArgs(1), RunE: do},
		&cobra.Command{Use: "most [PHOTO]", Args: cobra.MaximumNArgs(1), RunE: do},
		&cobra.Command{Use: "few A B [C]", Args: cobra.RangeArgs(2, 3), RunE: do},
		&cobra.Command{Use: "none", Args: cobra.NoArgs, RunE: do})
	must := &cobra.Command{Use: "must", RunE: do}
	must.Flags().String("model", "", "the `NAME`")
	if err := must.MarkFlagRequired("model"); err != nil {
		panic(err)
	}
	root.AddCommand(must)
	return root
}

// TestBlank: a flag given is not taken for one left out.
func TestBlank(t *testing.T) {
	for _, c := range []struct {
		args []string
		bad  string
	}{
		{[]string{"one", "a"}, ""},
		{[]string{"one", "a", "--threshold", "x"}, ""},
		{[]string{"one", "a", "--threshold", ""}, "--threshold is blank"},
		{[]string{"one", "a", "--threshold= "}, "--threshold is blank"},
		{[]string{"one", "a", "--with", "b", "--with", ""}, "--with is blank"},
		{[]string{"one", "a", "--with", "b"}, ""},
		{[]string{"one", "a", "--kinds", ""}, ""}, // none of them
		{[]string{"one", "a", "--kinds", "b,,c"}, "--kinds is blank"},
	} {
		root := tree()
		root.SetArgs(c.args)
		switch err := root.Execute(); {
		case c.bad == "" && err != nil:
			t.Errorf("%q: %v", c.args, err)
		case c.bad != "" && (err == nil || err.Error() != c.bad || !strings.Contains(hint.Of(err), "variable unset")):
			t.Errorf("%q: %v, want %s", c.args, err, c.bad)
		}
	}
}

// TestError: every wrong command line is said in plain words, with what to write next.
func TestError(t *testing.T) {
	for line, want := range map[string][2]string{
		"one --fra 1 a":               {"app one has no flag --fra", "did you mean --far? app one --help lists"},
		"one --thresh 1 a":            {"app one has no flag --thresh", "did you mean --threshold?"},
		"one --tpo 1 a":               {"app one has no flag --tpo", "did you mean --top?"},
		"one --entirely-else a":       {"app one has no flag --entirely-else", "app one --help lists the flags"},
		"one -z a":                    {"app one has no flag -z", "app one --help lists the flags"},
		"one --far":                   {"--far needs a value", "--far SHARE: the SHARE of pairs that may pass"},
		"one -k":                      {"--top needs a value", "--top int: how many"},
		"one --far x a":               {"--far x: it takes a number", "--far SHARE: the SHARE"},
		"one --top 1.5 a":             {"--top 1.5: it takes a whole number", "--top int: how many"},
		"one --seed -1 a":             {"--seed -1: it takes a whole number, 0 or more", "--seed uint: seed"},
		"one --largest=maybe a":       {"--largest maybe: it takes true or false", "--largest: only the largest"},
		"one --wait long a":           {"--wait long: it takes a time", "--wait duration: how long"},
		"one --far 1 --threshold 2 a": {"--far and --threshold do not go together", "give one of them"},
		"one":                         {"app one takes 1 argument, not 0", "usage: app one PHOTO [flags]"},
		"some":                        {"app some takes at least 1 argument, not 0", "usage: app some PHOTO..."},
		"most a b":                    {"app most takes at most 1 argument, not 2", "usage: app most [PHOTO]"},
		"few a":                       {"app few takes 2 to 3 arguments, not 1", "usage: app few A B [C]"},
		"must":                        {"app must needs --model", "--model NAME: the NAME"},
		"none a":                      {`app none takes no arguments, not "a"`, "usage: app none"},
		"nonee a":                     {`app has no command "nonee"`, "did you mean app "},
		"xyzzy":                       {`app has no command "xyzzy"`, "app --help lists all"},
	} {
		root := tree()
		root.SetArgs(strings.Fields(line))
		cmd, err := root.ExecuteC()
		got := Error(cmd, err, nil)
		if got == nil || !strings.HasPrefix(got.Error(), want[0]) || !strings.Contains(hint.Of(got), want[1]) {
			t.Errorf("%s: %v; %s", line, got, hint.Of(got))
		}
	}
}

// TestOthers: what is not of the command line stays as it is; a flag may be a file's name.
func TestOthers(t *testing.T) {
	cmd, _, err := tree().Find([]string{"one"})
	if err != nil {
		t.Fatal(err)
	}
	other := errors.New("the disk is full")
	if Error(cmd, nil, nil) != nil || Error(cmd, other, nil) != other {
		t.Error("changed what is none of its business")
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("--nonsense", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--nonsense"}
	if got := hint.Of(Error(cmd, cmd.ParseFlags(args), args)); !strings.HasSuffix(got, "app one -- --nonsense") {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for pair, want := range map[[2]string]int{{"", ""}: 0, {"a", ""}: 1, {"fra", "far"}: 1, {"adr", "addr"}: 1,
		{"far", "fpir"}: 2, {"abc", "cab"}: 2, {"kitten", "sitting"}: 3} {
		if got := distance(pair[0], pair[1]); got != want || distance(pair[1], pair[0]) != want {
			t.Errorf("%v: %d, want %d", pair, got, want)
		}
	}
}
