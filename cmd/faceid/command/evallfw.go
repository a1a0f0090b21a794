package command

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/eval"
	"faceid/recognize"
)

func newEvalLFW(_ *app, run func(context.Context, *evalOptions) error) *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "lfw FOLDER",
		Short: "Labeled Faces in the Wild: 10-fold accuracy, TAR at FAR",
		Long: `Reads the protocol (pairs.txt) and the photos (FOLDER/images/NAME/NAME_0001.jpg or FOLDER/NAME/…) of Labeled Faces in
the Wild. View 2 is the figure everybody reports: the threshold is chosen on nine folds and applied to the
tenth, mean over folds with its standard error. Settle every setting on View 1 (dev-train, dev-test). The
protocol "all" compares all photos with each other: 88 million pairs, enough for FAR 1e-5.
The person meant is the one in the middle of the photo.`,
		Example: `  faceid eval lfw lfw/
  faceid eval lfw lfw/ --detector yunet --roc roc.png`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.arg = args[0]
			return run(cmd.Context(), &o)
		},
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.protocol, "protocol", "view2", "view2, dev-train, dev-test or all")
	cmd.Flags().StringVar(&o.published, "published", "", "draw the published ROC points of the text files in this `FOLDER` beside ours (default: FOLDER/roc)")
	cmd.Flags().Float64Var(&o.require, "require-accuracy", 0, "fail if the accuracy is below, or a photo has no face")
	return cmd
}

func (a *app) evalLFW(ctx context.Context, o *evalOptions) error {
	dir := o.arg
	file, ok := map[string]string{"view2": "pairs.txt", "dev-train": "pairsDevTrain.txt", "dev-test": "pairsDevTest.txt", "all": ""}[o.protocol]
	if !ok {
		return errFlag("protocol", o.protocol, "view2, dev-train, dev-test or all")
	}
	if err := o.checkPlots(nil); err != nil {
		return err
	}
	if !(o.require >= 0 && o.require <= 1) {
		return errFlag("require-accuracy", o.require, "in [0, 1]")
	}
	images, err := lfwImages(dir)
	if err != nil {
		return err
	}
	if o.published == "" {
		if d := filepath.Join(dir, "roc"); isDir(d) {
			o.published = d
		}
	}
	if file == "" {
		return a.evalAll(ctx, o, images)
	}
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		return withHint(err, "the protocol's files come with the data set")
	}
	defer f.Close()
	pairs, err := eval.ReadLFWPairs(f)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	path := func(p eval.LFWPhoto) string { return filepath.Join(images, filepath.FromSlash(p.Path())) }
	set := map[string]bool{}
	for _, p := range pairs.Pairs {
		set[path(p.A)], set[path(p.B)] = true, true
	}
	e, err := a.embedAll(ctx, o, embed.SelectCentral, sortedKeys(set))
	if err != nil {
		return err
	}
	scores := make([]float64, len(pairs.Pairs))
	for i, p := range pairs.Pairs {
		scores[i] = e.score(path(p.A), path(p.B))
	}
	folds, err := pairs.Scores(scores)
	if err != nil {
		return err
	}
	e.line.Protocol = "LFW " + o.protocol
	if len(folds) > 1 {
		k, err := eval.KFold(folds)
		if err != nil {
			return err
		}
		e.line.Accuracy, e.line.StdErr = k.Accuracy, k.StdErr
	}
	genuine, impostor := eval.All(folds)
	c, err := eval.ROC(genuine, impostor)
	if err != nil {
		return err
	}
	if err := a.report(o, e.line, c, int64(len(genuine)), int64(len(impostor)), 1e-2, 1e-3); err != nil {
		return err
	}
	if o.require > 0 && (e.line.Accuracy < o.require || e.line.NoFace+e.line.Unread > 0) {
		return fmt.Errorf("accuracy %.4f, %d photos without a face, %d unreadable; required are %.4f and none", e.line.Accuracy, e.line.NoFace, e.line.Unread, o.require)
	}
	return nil // copies of LFW lack a photo here and there: the answer says how many, and --require-accuracy wants none
}

// lfwImages finds the folder of the people's folders.
func lfwImages(dir string) (string, error) {
	for _, d := range []string{"images", "lfw", "."} {
		if isDir(filepath.Join(dir, d, "Aaron_Peirsol")) {
			return filepath.Join(dir, d), nil
		}
	}
	return "", withHint(fmt.Errorf("%s: %w: no folder Aaron_Peirsol here, nor in images/ or lfw/", dir, fs.ErrNotExist), "give the folder of Labeled Faces in the Wild; it is the public data set of UMass Amherst")
}

// evalAll compares every photo with every other one: the genuine pairs of all people, and enough impostor pairs for FAR 1e-5.
func (a *app) evalAll(ctx context.Context, o *evalOptions, images string) error {
	in, err := recognize.People(images)
	if err != nil {
		return err
	}
	paths := make([]string, len(in))
	for i, x := range in {
		paths[i] = x.Path
	}
	e, err := a.embedAll(ctx, o, embed.SelectCentral, paths)
	if err != nil {
		return err
	}
	var x []float32 // n × d, row-major
	var person []string
	for _, in := range in {
		if v := e.vecs[in.Path]; v != nil {
			x = append(x, v...)
			person = append(person, in.Label)
		}
	}
	c, genuine, impostor, err := eval.AllPairs(x, person)
	if err != nil {
		return err
	}
	e.line.Protocol = "LFW, all pairs"
	if err := a.report(o, e.line, c, genuine, impostor, 1e-2, 1e-3, 1e-4, 1e-5); err != nil {
		return err
	}
	return e.reported()
}
