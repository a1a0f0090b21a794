// Command rename gives the module another path: in go.mod, in every import, and where comments and Markdown name a
// package by its whole path. Strings, folders and the program's name stay as they are; files that go:embed reads are
// not touched. make rename MODULE=example.com/you/faceid runs it.
//
// The path must be one that go get can fetch, so its first element has a dot (https://go.dev/ref/mod#module-path).
// Every new text is made before the first file is written, and go.mod comes last, so that a run that was interrupted is
// finished by another.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: make rename MODULE=example.com/you/faceid")
		os.Exit(2)
	}
	changed, err := rename(".", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(2)
	}
	fmt.Printf("%d files changed; the module is %s\n", len(changed), os.Args[1])
}
