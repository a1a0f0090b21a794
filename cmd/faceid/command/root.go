package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/internal/usage"
)

const (
	groupFaces   = "faces"
	groupGallery = "gallery"
	groupSystem  = "system"
)

// Root is the tree of commands for whoever describes them; nothing of it can be run.
func Root() *cobra.Command { return newRoot(&app{}) }

// newRoot is the tree of commands.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "faceid",
		Short: "Enrol, verify and identify faces on this machine",
		Long: `faceid turns faces into embeddings and compares them: enrol people, verify pairs, identify
a face among the enrolled, fine-tune the model on new people. Nothing leaves this machine.

Exit codes: 0 match or success, 1 no match, 2 error.`,
		Example: `  faceid verify a.jpg b.jpg
  faceid enroll Ada ada1.jpg ada2.jpg
  faceid enroll people/            # one folder per person
  faceid identify group.jpg`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Version:           version(),
		PersistentPreRunE: usage.Blank,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	f := root.PersistentFlags()
	f.StringVar(&a.galleryPath, "gallery", "",
		"the gallery `FILE`, or weaviate://HOST:PORT/NAME (default: $FACEID_GALLERY, else in your data folder)")
	f.BoolVar(&a.json, "json", false, "print one JSON object per line instead of text; see faceid help json")
	f.BoolVarP(&a.nul, "null", "0", false,
		"a list of paths on standard input has NUL between them, as find -print0 has it")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress bars and no remarks")
	f.StringVar(&a.ort, "ort", "", "the ONNX Runtime library `FILE` (default: $FACEID_ORT, beside the program, the "+
		"cache)")
	f.BoolVar(&a.offline, "offline", false, "never download; fail if a model is missing")

	root.AddGroup(&cobra.Group{ID: groupFaces, Title: "Faces:"},
		&cobra.Group{ID: groupGallery, Title: "Galleries and training:"},
		&cobra.Group{ID: groupSystem, Title: "Models and this machine:"})
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add(groupFaces, newEnroll(a, a.enroll), newVerify(a, a.verify), newIdentify(a, a.identify), newDetect(a, a.detect),
		newEmbed(a, a.embed), newCluster(a, a.cluster), newServe(a, a.serve))
	add(groupGallery, newGallery(a), newFinetune(a, a.finetune), newEval(a))
	add(groupSystem, newModels(a), newDoctor(a, a.doctor), newDemo(a, a.demo))
	root.AddCommand(newHelpJSON(a))
	root.SetHelpCommandGroupID(groupSystem)
	root.SetCompletionCommandGroupID(groupSystem)
	return root
}

// group makes cmd a command that only its subcommands do something for: alone it prints its help, with an unknown one
// it fails.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return usage.Subcommand(cmd, args[0])
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// bare is a command without arguments and flags of its own.
func bare(use, short string, run func(context.Context) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context()) },
	}
}

// parsed has run do what a command line asks for, once take has put the arguments into o and found no fault.
func parsed[O any](o *O, run func(context.Context, *O) error, take func(args []string) error) func(*cobra.Command,
	[]string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := take(args); err != nil {
			return err
		}
		return run(cmd.Context(), o)
	}
}

// one and all take arguments in which there is no fault to be found.
func one(to *string) func([]string) error {
	return func(args []string) error { *to = args[0]; return nil }
}

func all(to *[]string) func([]string) error {
	return func(args []string) error { *to = args; return nil }
}
