package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/eval"
	"faceid/recognize"
	"faceid/recognize/measure"
)

type evalFolderOptions struct {
	evalOptions
	groups string // CSV
	sheet  string // PNG
}

func newEvalFolder(_ *app, run func(context.Context, *evalFolderOptions) error) *cobra.Command {
	var o evalFolderOptions
	cmd := &cobra.Command{
		Use:   "folder PEOPLE",
		Short: "Your own people: every photo with every other, at the thresholds in use",
		Long: `Compares all photos of a folder that has one folder per person: false and true accept rates at the
thresholds in use, with 95 % intervals (people resampled, an exact bound where no error was seen), the
thresholds that give a wanted rate here, EER, photos without a face, and the worst pairs to look at.
The person meant is the largest face of a photo.`,
		Example: `  faceid eval folder people/
  faceid eval folder people/ --sheet worst.png --groups groups.csv   # name,group per line`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.sheet != "" && !strings.EqualFold(filepath.Ext(o.sheet), ".png") {
				return errFlag("sheet", o.sheet, "end the name in .png")
			}
			o.arg = args[0]
			if err := o.check(); err != nil {
				return err
			}
			return run(cmd.Context(), &o)
		},
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.groups, "groups", "", "rates within groups of people: a CSV `FILE` of name,group")
	cmd.Flags().StringVar(&o.sheet, "sheet", "", "draw the worst pairs to a .png `FILE`")
	return cmd
}

func (a *app) evalFolder(ctx context.Context, o *evalFolderOptions) error {
	groups, err := readGroups(o.groups)
	if err != nil {
		return err
	}
	in, err := recognize.People(o.arg)
	if err != nil {
		return err
	}
	paths := []string{o.groups}
	for _, x := range in {
		paths = append(paths, x.Path)
	}
	if err := a.notInput([]string{o.roc, o.det, o.sheet}, paths...); err != nil {
		return err
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{Select: embed.SelectLargest, Calibration: a.calibrationFile()})
	if err != nil {
		return err
	}
	b, each := a.embedding()
	f, err := measure.Folder(ctx, r, o.arg, groups, each)
	b.finish()
	if err != nil {
		return err
	}
	if o.sheet != "" {
		if err := drawSheet(o.sheet, f); err != nil {
			return err
		}
	}
	return a.reportPeople(&o.evalOptions, f)
}

func readGroups(file string) (map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	g, err := eval.ReadGroups(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return g, nil
}

// drawSheet draws the false pairs, then the missed ones.
func drawSheet(file string, f *measure.People) error {
	w, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(measure.WriteSheet(w, append(append([]measure.Pair{}, f.False...), f.Missed...)), w.Close())
}

func (a *app) reportPeople(o *evalOptions, f *measure.People) error {
	if a.json {
		if err := a.plots(o, f.Figures); err != nil {
			return err
		}
		if err := a.printJSON(f); err != nil {
			return err
		}
	} else {
		if err := a.report(o, f.Figures); err != nil && !errors.Is(err, errReported) {
			return err
		}
		if have := f.Photos - f.NoFace - f.Unread; f.Compared < have {
			a.printf("  compared are %s of %s photos, the first few of each person\n", thousands(int64(f.Compared)), thousands(int64(have)))
		}
		a.printInUse("  ", f.InUse)
		a.printGroups(f)
		a.printPairs("most alike photos of different people", f.False)
		a.printPairs("least alike photos of one person", f.Missed)
	}
	if f.Unread > 0 {
		return errReported
	}
	return nil
}

func (a *app) printInUse(indent string, points []measure.InUse) {
	for _, u := range points {
		a.printf("%sat threshold %.3f (%s):\n", indent, u.At, pointWords(u.Point))
		a.printf("%s  FAR %s\n%s  TAR %s\n", indent, rateWords(u.FAR, "passed"), indent, rateWords(u.TAR, "passed"))
	}
}

// rateWords is "0.34 % (0.10 % to 0.80 %), 12 of 3,500 pairs passed".
func rateWords(r measure.Rate, did string) string {
	if r.Value == nil {
		return "not known: there are no such pairs"
	}
	return fmt.Sprintf("%s (%s), %s of %s pairs %s", percent(*r.Value), interval(r.Low, r.High), thousands(int64(r.Hits)), thousands(int64(r.N)), did)
}

func (a *app) printGroups(f *measure.People) {
	for _, g := range f.Groups {
		a.printf("  group %s: %s, %s\n", g.Name, plural(g.People, "person", "people"), plural(g.Photos, "photo", "photos"))
		a.printInUse("    ", g.InUse)
	}
	for i, u := range f.InUse {
		if s := f.Spread(i); len(f.Groups) > 1 && s == s {
			a.printf("  at threshold %.3f the group with the most false accepts has %.1f times those of the one with the fewest\n", u.At, s)
		}
	}
}

func (a *app) printPairs(title string, pairs []measure.Pair) {
	if len(pairs) == 0 {
		return
	}
	a.printf("  %s:\n", title)
	for _, p := range pairs {
		a.printf("    %.3f  %s  %s\n", p.Score, p.A, p.B)
	}
}
