// Package plot draws the curves of package eval as PNG or SVG. It is a room of its own so that a program that measures
// and draws nothing does not link fonts and vector graphics.
//
//	curve, err := eval.ROC(genuine, impostor)
//	err = plot.ROC(w, "png", []plot.Line{plot.Curve("ours", curve)}, nil)
package plot

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"faceid/eval"
)

// Line is one curve of a plot. FAR and TAR have the same length, are in [0, 1] and never fall.
type Line struct {
	Name     string
	FAR, TAR []float64
	Faint    bool // thin and dashed, for what others published
}

// Curve returns a measured curve for plotting.
func Curve(name string, c eval.Curve) Line {
	k := c.Corners()
	return Line{Name: name, FAR: k.FAR, TAR: k.TAR}
}

// Published returns what others published for plotting, faint.
func Published(c eval.PublishedCurve) Line {
	return Line{Name: c.Name, FAR: c.FAR, TAR: c.TAR, Faint: true}
}

// Options tune ROC and DET; nil means the zero value.
type Options struct {
	Title         string
	MinFAR        float64 // left end of the axis, in (0, 1); 0 means 1e-4
	MinTAR        float64 // lower end of ROC's axis, in [0, 1); DET ignores it
	MaxFNMR       float64 // upper end of DET's axis, in (MinFAR, 1); 0 means 0.5
	Width, Height int     // pixels at 96 per inch, at most 10,000; 0 means 800 × 600
}

// ROC draws TAR over the logarithm of FAR. format is "png" or "svg", in either case with or without a dot or a
// path in front (so a file's name will do). Points with FAR below MinFAR stand on the left edge. It returns
// eval.ErrOption for a format or an option that it does not know, eval.ErrEmpty without lines.
func ROC(w io.Writer, format string, lines []Line, o *Options) error {
	s, err := o.settings(lines)
	if err != nil {
		return err
	}
	p := s.plot("FAR (impostor pairs accepted)", "TAR (genuine pairs accepted)")
	p.X.Scale, p.X.Tick.Marker = gonum.LogScale{}, gonum.ConstantTicks(decades(s.MinFAR))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = s.MinFAR, 1, s.MinTAR, 1
	err = s.lines(p, lines, func(far, tar float64) (x, y float64) { return max(far, s.MinFAR), max(tar, s.MinTAR) })
	if err != nil {
		return err
	}
	return s.write(p, w, format)
}

// DET draws the detection error tradeoff: 1−TAR over FAR, both on normal-deviate axes, where normally distributed
// scores give a straight line (Martin et al., "The DET Curve in Assessment of Detection Task Performance", Eurospeech
// 1997). Rates beyond the axes stand on their edge. Format and errors are those of ROC.
func DET(w io.Writer, format string, lines []Line, o *Options) error {
	s, err := o.settings(lines)
	if err != nil {
		return err
	}
	p := s.plot("FAR (impostor pairs accepted)", "1−TAR (genuine pairs refused)")
	p.Legend.Top = true // the curve falls away from there
	probit := distuv.UnitNormal.Quantile
	lowest := s.MinFAR // also of the error axis
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = probit(lowest), probit(s.MaxFNMR), probit(lowest), probit(s.MaxFNMR)
	ticks := deviates(lowest, s.MaxFNMR, probit)
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks, ticks
	clip := func(r float64) float64 { return probit(min(max(r, lowest), s.MaxFNMR)) }
	err = s.lines(p, lines, func(far, tar float64) (x, y float64) { return clip(far), clip(1 - tar) })
	if err != nil {
		return err
	}
	return s.write(p, w, format)
}

func (o *Options) settings(lines []Line) (Options, error) {
	var s Options
	if o != nil {
		s = *o
	}
	def := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&s.MinFAR, 1e-4)
	def(&s.MaxFNMR, 0.5)
	if s.Width == 0 {
		s.Width = 800
	}
	if s.Height == 0 {
		s.Height = 600
	}
	switch {
	case len(lines) == 0:
		return s, fmt.Errorf("%w: nothing to plot", eval.ErrEmpty)
	case !(s.MinFAR >= 1e-12 && s.MinFAR < 1 && s.MinTAR >= 0 && s.MinTAR < 1 && s.MaxFNMR > s.MinFAR && s.MaxFNMR < 1):
		return s, fmt.Errorf("%w: axes from FAR %v, TAR %v, to FNMR %v", eval.ErrOption, s.MinFAR, s.MinTAR, s.MaxFNMR)
	case s.Width < 100 || s.Height < 100 || s.Width > 10_000 || s.Height > 10_000:
		return s, fmt.Errorf("%w: plot of %d × %d pixels", eval.ErrOption, s.Width, s.Height)
	}
	for _, l := range lines {
		if len(l.FAR) != len(l.TAR) || len(l.FAR) == 0 {
			return s, fmt.Errorf("%w: line %q has %d FAR, %d TAR", eval.ErrOption, l.Name, len(l.FAR), len(l.TAR))
		}
		for i := range l.FAR {
			if !(l.FAR[i] >= 0 && l.FAR[i] <= 1 && l.TAR[i] >= 0 && l.TAR[i] <= 1) {
				return s, fmt.Errorf("%w: line %q, point %d: FAR %v, TAR %v", eval.ErrOption, l.Name, i, l.FAR[i],
					l.TAR[i])
			}
		}
	}
	return s, nil
}

func (s Options) plot(x, y string) *gonum.Plot {
	p := gonum.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = s.Title, x, y
	p.BackgroundColor = color.White
	p.Add(plotter.NewGrid())
	p.Legend.Padding = vg.Points(2)
	return p
}

// palette is that of Okabe and Ito, told apart by colour-blind readers too.
var palette = []color.Color{
	color.NRGBA{0xd5, 0x5e, 0x00, 0xff}, color.NRGBA{0x00, 0x72, 0xb2, 0xff}, color.NRGBA{0x00, 0x9e, 0x73, 0xff},
	color.NRGBA{0xcc, 0x79, 0xa7, 0xff}, color.NRGBA{0xe6, 0x9f, 0x00, 0xff}, color.NRGBA{0x56, 0xb4, 0xe9, 0xff},
	color.Black,
}

// lines adds the curves. Ours are steps, first right and then up: nothing is accepted between two points. Published
// ones are joined as they come.
func (s Options) lines(p *gonum.Plot, lines []Line, at func(far, tar float64) (x, y float64)) error {
	for i, l := range lines {
		var xy plotter.XYs
		for k := range l.FAR {
			x, y := at(l.FAR[k], l.TAR[k])
			if n := len(xy); n > 0 && xy[n-1].X == x && xy[n-1].Y == y {
				continue
			}
			xy = append(xy, plotter.XY{X: x, Y: y})
		}
		line, err := plotter.NewLine(xy)
		if err != nil {
			return fmt.Errorf("plot: line %q: %w", l.Name, err)
		}
		line.Color, line.Width = palette[i%len(palette)], vg.Points(2)
		if !l.Faint {
			line.StepStyle = plotter.PostStep
		} else {
			line.Width, line.Dashes = vg.Points(1), []vg.Length{vg.Points(5), vg.Points(3)}
		}
		p.Add(line)
		p.Legend.Add(l.Name, line)
	}
	return nil
}

func (s Options) write(p *gonum.Plot, w io.Writer, format string) error {
	if e := filepath.Ext(format); e != "" {
		format = e[1:]
	}
	format = strings.ToLower(format)
	if format != "png" && format != "svg" {
		return fmt.Errorf("%w: plot format %q, want png or svg", eval.ErrOption, format)
	}
	dot := vg.Inch / 96
	wt, err := p.WriterTo(vg.Length(s.Width)*dot, vg.Length(s.Height)*dot, format)
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	if _, err := wt.WriteTo(w); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}

// decades are the marks of a logarithmic axis from low to 1.
func decades(low float64) []gonum.Tick {
	var t []gonum.Tick
	for e := int(math.Floor(math.Log10(low))); e <= 0; e++ {
		base := math.Pow(10, float64(e))
		t = append(t, gonum.Tick{Value: base, Label: fmt.Sprintf("%.0e", base)})
		if e == 0 {
			t[len(t)-1].Label = "1"
			break
		}
		for m := 2.0; m < 10; m++ {
			t = append(t, gonum.Tick{Value: m * base})
		}
	}
	return t
}

// deviates are the customary marks of a DET axis.
func deviates(low, high float64, probit func(float64) float64) gonum.ConstantTicks {
	var t gonum.ConstantTicks
	for _, r := range []float64{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8,
		0.9} {
		if r >= low && r <= high {
			t = append(t, gonum.Tick{Value: probit(r), Label: fmt.Sprintf("%g%%", 100*r)})
		}
	}
	return t
}
