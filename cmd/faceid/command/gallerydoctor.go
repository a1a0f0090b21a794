package command

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"faceid/recognize/curate"
)

type galleryDoctorOptions struct {
	all   bool
	sheet string // PNG
}

func newGalleryDoctor(_ *app, run func(context.Context, *galleryDoctorOptions) error) *cobra.Command {
	var o galleryDoctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find photos under a wrong name, people under two, copies; changes nothing",
		Long: `Compares all templates of the gallery with each other and lists, with scores and the command that mends
each: photos enrolled twice, people who look like one person under two names, photos under a wrong name,
photos unlike the others of their person, faces too poor to tell, and people whom the threshold cannot
tell apart. About one photo in a hundred is named by chance: look before you mend.`,
		Example: "  faceid gallery doctor -o faults.png",
		Args:    cobra.NoArgs,
		RunE:    parsed(&o, run, func([]string) error { return checkSheet(o.sheet) }),
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "list all look-alikes and copies within a person, not ten of each")
	addSheet(cmd, &o.sheet)
	return cmd
}

func (a *app) galleryDoctor(ctx context.Context, o *galleryDoctorOptions) error {
	if err := a.notInput([]string{o.sheet}); err != nil {
		return err
	}
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return err
	}
	b := a.progress("comparing templates, per mille", 1000)
	x, err := curate.Examine(ctx, r, func(done float64) { b.set(int64(1000 * done)) })
	b.finish()
	if err != nil {
		return err
	}
	if x.NoModel != nil {
		a.remark("faces too poor to tell are not looked for: %v", x.NoModel)
	}
	if o.sheet != "" {
		if err := x.DrawSheet(o.sheet); err != nil {
			return err
		}
		a.remark("drawn to %s", o.sheet)
	}
	return a.print(x, func(w io.Writer) error { return x.WriteText(w, o.all) })
}
