package command

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
	err := fmt.Errorf("x.png: %w", &embed.DecodeError{Kind: embed.ErrTooLarge,
		Advice: "shrink the photo, or raise MaxPixels"})
	if h := hintOf(err); h != "shrink the photo" {
		t.Errorf("hint %q", h)
	}
}
