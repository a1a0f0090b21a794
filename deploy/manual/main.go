// Command manual writes the manual pages and shell completions of faceid below a folder: man/faceid*.1 and
// completions/faceid.{bash,zsh,fish}. `make dist` packs them. Defaults are shown for the HOME it is run with, and the
// date is SOURCE_DATE_EPOCH, so that the same source gives the same pages.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/spf13/cobra/doc"

	"faceid/cmd/faceid/command"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("manual: give the folder to write to")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal("manual: ", err)
	}
}

func write(dir string) error {
	root := command.Root()
	root.DisableAutoGenTag = true
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, d := range []string{man, completions} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	head := &doc.GenManHeader{Title: "FACEID", Section: "1", Source: "faceid", Manual: "faceid"}
	if err := doc.GenManTree(root, head, man); err != nil {
		return err
	}
	return firstOf(root.GenBashCompletionFileV2(filepath.Join(completions, "faceid.bash"), true),
		root.GenZshCompletionFile(filepath.Join(completions, "faceid.zsh")),
		root.GenFishCompletionFile(filepath.Join(completions, "faceid.fish"), true))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
