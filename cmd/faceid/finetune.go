package main

import (
	"github.com/spf13/cobra"
)

type finetuneOptions struct {
	augment []string
	central bool
	view    viewOptions
}

func newFinetune(a *app) *cobra.Command { return &cobra.Command{Use: "finetune"} }
