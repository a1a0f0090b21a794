package command

import (
	"fmt"
	"os"
)

// notInput refuses to write a result over one of the files it is made from.
func notInput(out string, inputs []string) error {
	is, err := os.Stat(out)
	if err != nil {
		return nil // nothing is there to be overwritten
	}
	for _, in := range inputs {
		if st, err := os.Stat(in); err == nil && os.SameFile(is, st) {
			return withHint(fmt.Errorf("%s is one of the inputs, and would be overwritten", out), "choose another name for the result")
		}
	}
	return nil
}
