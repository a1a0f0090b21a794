// Command faceid enrols faces, verifies pairs, identifies faces among the enrolled and fine-tunes the model on new
// people. Nothing leaves the machine; see README.md for a tour. The commands stand in package command, what they decide
// in package recognize.
package main

import (
	"os"

	"faceid/cmd/faceid/command"
)

func main() { os.Exit(command.Main()) }
