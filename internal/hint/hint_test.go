package hint_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"faceid/internal/hint"
)

// other is an error of somebody else's making, as a package outside this module may have it.
type other struct{ next string }

func (other) Error() string  { return "other" }
func (o other) Hint() string { return o.next }

func TestOf(t *testing.T) {
	inner := hint.With(io.EOF, "inner")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"none", io.EOF, ""},
		{"its own", inner, "inner"},
		{"wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", inner)), "inner"},
		{"the outermost", hint.With(fmt.Errorf("a: %w", inner), "outer"), "outer"},
		{"an empty step", hint.With(inner, ""), "inner"},
		{"somebody else's", fmt.Errorf("a: %w", other{"theirs"}), "theirs"},
		{"ours above somebody else's", hint.With(other{"theirs"}, "ours"), "ours"},
		{"joined", errors.Join(io.EOF, fmt.Errorf("a: %w", inner), other{"theirs"}), "inner"},
		{"several %w", fmt.Errorf("%w, %w", io.EOF, other{"theirs"}), "theirs"},
		{"an empty one passes on to the others", errors.Join(other{}, inner), "inner"},
	} {
		if got := hint.Of(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWith(t *testing.T) {
	if err := hint.With(nil, "next"); err != nil {
		t.Errorf("nil became %v", err)
	}
	err := hint.With(fmt.Errorf("reading: %w", io.EOF), "next")
	if err.Error() != "reading: EOF" || !errors.Is(err, io.EOF) {
		t.Errorf("%q, wraps EOF: %v", err, errors.Is(err, io.EOF))
	}
	var h interface{ Hint() string } // what a program outside this module does
	if !errors.As(err, &h) || h.Hint() != "next" {
		t.Error("no method Hint to be found")
	}
}
