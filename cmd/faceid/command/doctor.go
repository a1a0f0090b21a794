package command

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"faceid/gallery/flat"
	"faceid/internal/gemm"
	"faceid/recognize/advice"
	"faceid/recognize/doctor"
	"faceid/recognize/lines"
)

func newDoctor(_ *app, run func(context.Context) error) *cobra.Command {
	cmd := bare("doctor", "Say what is installed, what this machine can do, and test it", run)
	cmd.Long = "Exit code 0: everything works; 2: something does not, and the line says what to do.\n" +
		"FACEID_VIPS=FILE names the libvips library that decodes JPEG; none does without it."
	return cmd
}

func (a *app) doctor(ctx context.Context) error {
	here := fmt.Sprintf("faceid %s, %s/%s, %d cores", version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	kernels := fmt.Sprintf("search: %s; matrix product: %s", flat.Kernels()[0], gemm.Kernel())
	found := []doctor.Finding{{What: "program", Says: here}, {What: "kernels", Says: kernels}}
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		found = append(found, doctor.Finding{What: "models", Err: err})
	} else {
		found = slices.AppendSeq(found, doctor.Examine(ctx, r))
	}
	bad := error(nil)
	for _, f := range found {
		l, mark := lines.Finding{What: f.What, OK: f.Err == nil, Says: f.Says}, "ok  "
		if f.Err != nil {
			l.Says, l.Next, mark, bad = f.Err.Error(), advice.Of(f.Err, a.galleryName()), "FAIL", errReported
		}
		if err := a.printJSON(l); err != nil {
			return err
		}
		a.printf("%s  %-13s  %s\n", mark, l.What, l.Says)
		if l.Next != "" {
			a.printf("      %s\n", l.Next)
		}
	}
	return bad
}
