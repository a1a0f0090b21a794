package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"faceid/embed"
)

// The help shows no default that is none.
func TestHelp(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if s := cmd.UsageString(); strings.Contains(s, "(default )") || strings.Contains(s, "NaN") {
			t.Errorf("%s: the help shows an empty default:\n%s", cmd.CommandPath(), s)
		}
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(newRoot(&app{streams: streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}}))
}

// A hint names what a user of the command line has: no field of a Go struct.
func TestPhotoErrorHint(t *testing.T) {
	err := photoError(fmt.Errorf("x.png: %w", &embed.DecodeError{Kind: embed.ErrTooLarge, Advice: "shrink the photo, or raise MaxPixels"}))
	if h := hint(err); h != "shrink the photo" {
		t.Errorf("hint %q", h)
	}
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{"Ada é": "Ada é", "": `""`, "a\nb": `"a\nb"`, "a\xff": `"a\xff"`} {
		if got := shown(in); got != want {
			t.Errorf("shown(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestNewName(t *testing.T) {
	k := &knownFaces{names: map[string]int{"a": 1, "a (2)": 1}}
	for _, want := range []string{"a (3)", "a (4)"} {
		if got := k.newName("a"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := k.newName("b"); got != "b" {
		t.Errorf("%s, want b", got)
	}
}
