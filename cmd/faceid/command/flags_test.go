package command

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// flagCase is a command line and what it asks for, or the part of the error by which it is refused.
type flagCase[O any] struct {
	args string // split at every blank: two in a row are an empty argument
	want *O
	bad  string
}

// testFlags parses command lines without doing what they ask for. A wrong one must be an error before anything is done.
func testFlags[O any](t *testing.T, newX func(*app, func(context.Context, *O) error) *cobra.Command,
	cases []flagCase[O]) {
	t.Helper()
	t.Setenv("FACEID_MODEL", "")
	for _, c := range cases {
		var got *O
		done := errors.New("done")
		cmd := newX(&app{streams: streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}},
			func(_ context.Context, o *O) error {
				got = o
				return done
			})
		args := strings.Split(c.args, " ")
		if c.args == "" {
			args = []string{}
		}
		cmd.SetArgs(args)
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		err := cmd.ExecuteContext(t.Context())
		switch {
		case c.bad != "" && (got != nil || err == nil || !strings.Contains(err.Error(), c.bad)):
			t.Errorf("%s %s: asks for %+v, error %v, want the error %q and nothing done", cmd.Name(),
				c.args, got, err, c.bad)
		case c.bad == "" && err != done:
			t.Errorf("%s %s: %v", cmd.Name(), c.args, err)
		case c.bad == "" && !reflect.DeepEqual(got, c.want):
			t.Errorf("%s %s\nasks for %+v\nwant     %+v", cmd.Name(), c.args, got, c.want)
		}
	}
}

// flagless is a command without flags of its own, as testFlags takes it.
func flagless(newX func(*app, func(context.Context) error) *cobra.Command) func(*app,
	func(context.Context, *struct{}) error) *cobra.Command {
	return func(a *app, run func(context.Context, *struct{}) error) *cobra.Command {
		return newX(a, func(ctx context.Context) error { return run(ctx, &struct{}{}) })
	}
}

// flaglessCases are the command lines of a command that takes no argument.
var flaglessCases = []flagCase[struct{}]{
	{args: "", want: &struct{}{}},
	{args: "more", bad: "unknown command"},
	{args: "--nonsense", bad: "unknown flag"},
}

func ptr[T any](v T) *T { return &v }
