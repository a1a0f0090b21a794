package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
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
