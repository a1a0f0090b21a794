package command

import (
	"fmt"
	"io"
	"path/filepath"

	"faceid/eval/plot"
	"faceid/internal/atomicfile"
	"faceid/recognize/measure"
)

func checkPlot(flag, file string) error {
	if ext := filepath.Ext(file); file != "" && ext != ".png" && ext != ".svg" {
		return errFlag(flag, file, "end the name in .png or .svg")
	}
	return nil
}

// plots draws the curve, and published ones beside it.
func (a *app) plots(o *evalOptions, f *measure.Figures) error {
	if o.roc == "" && o.det == "" {
		return nil
	}
	lines := []plot.Line{plot.Curve("faceid, "+f.Model, f.Curve)}
	if o.published != "" {
		published, err := measure.ReadPublished(o.published)
		if err != nil {
			return err
		}
		for _, p := range published {
			lines = append(lines, plot.Published(p))
		}
	}
	for _, d := range []struct {
		file string
		draw func(io.Writer, string, []plot.Line, *plot.Options) error
	}{{o.roc, plot.ROC}, {o.det, plot.DET}} {
		if d.file == "" {
			continue
		}
		opts := &plot.Options{Title: f.Protocol, MinFAR: f.LeastFAR()}
		err := atomicfile.Write(d.file, 0o600, func(w io.Writer) error { return d.draw(w, d.file, lines, opts) })
		if err != nil {
			return fmt.Errorf("%s: %w", d.file, err)
		}
		a.remark("drawn to %s", d.file)
	}
	return nil
}
