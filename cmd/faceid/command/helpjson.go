package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"faceid/internal/plain"
	"faceid/recognize/lines"
	"faceid/server/host"
)

// outputs are what the commands print with --json; a command that is not among them prints nothing then.
var outputs = append(lines.Outputs[:len(lines.Outputs):len(lines.Outputs)],
	lines.Output{Command: "serve key add", Per: "command", Line: host.Secrets{}},
	lines.Output{Command: "serve audit verify", Per: "command", Line: auditLine{}},
	lines.Output{Command: "serve key list", Per: "key", Line: host.Key{}})

// newHelpJSON is a topic of the help: faceid help json.
func newHelpJSON(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "json", Short: "What --json prints, line by line"}
	cmd.SetHelpFunc(func(*cobra.Command, []string) {
		fmt.Fprint(a.out, jsonHelp)
		if err := lines.WriteHelp(a.out, outputs); err != nil {
			plain.Fprintf(a.err, "%v\n", err)
		}
	})
	return cmd
}

const jsonHelp = `With --json a command prints one JSON object per line on standard output, and nothing else there.

A failure, of one photo among several or of the command, is an object {"error":{…}} on standard error: there, so that
whatever reads answers from a pipe never meets a line of another kind among them. Remarks for people stand on standard
error as text; --quiet leaves them out. The exit code is the same as without --json.

Fields stay and keep their meaning; new ones may come. Figures that are not known are null. Characters that a terminal
would obey are written as \u001b and the like.
`
