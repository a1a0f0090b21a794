package eval

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"sort"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Line is one curve of a plot. FAR and TAR have the same length and never fall; a Curve's and a PublishedCurve's do.
type Line struct {
	Name     string
	FAR, TAR []float64
	Faint    bool // thin and dashed, for what others published
}

// Line returns the curve for plotting.
func (c Curve) Line(name string) Line {
	k := c.Corners()
	return Line{Name: name, FAR: k.FAR, TAR: k.TAR}
}

// Line returns the curve for plotting, faint.
func (c PublishedCurve) Line() Line { return Line{Name: c.Name, FAR: c.FAR, TAR: c.TAR, Faint: true} }

// PlotOptions tune WriteROC and WriteDET; nil means the zero value.
type PlotOptions struct {
	Title         string
	MinFAR        float64 // left end of the axis, in (0, 1); 0 means 1e-4
	MinTAR        float64 // lower end of WriteROC's axis, in [0, 1); WriteDET ignores it
	MaxFNMR       float64 // upper end of WriteDET's axis, in (MinFAR, 1); 0 means 0.5
	Width, Height int     // pixels at 96 a inch, at most 10,000; 0 means 800 × 600
}

// WriteROC draws TAR over the logarithm of FAR. format is "png" or "svg", in either case with or without a dot or a
// path in front (so a file's name will do). Points with FAR below MinFAR stand on the left edge. It returns ErrOption
// for a format or an option that it does not know, ErrEmpty without lines.
func WriteROC(w io.Writer, format string, lines []Line, o *PlotOptions) error {
	s, err := o.settings(lines)
	if err != nil {
		return err
	}
	p := s.plot("FAR (impostor pairs accepted)", "TAR (genuine pairs accepted)")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.ConstantTicks(decades(s.MinFAR))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = s.MinFAR, 1, s.MinTAR, 1
	err = s.lines(p, lines, func(far, tar float64) (x, y float64) { return max(far, s.MinFAR), max(tar, s.MinTAR) })
	if err != nil {
		return err
	}
	return s.write(p, w, format)
}

// WriteDET draws the detection error tradeoff: 1−TAR over FAR, both on normal-deviate axes, where normally distributed
// scores give a straight line (Martin et al., "The DET Curve in Assessment of Detection Task Performance", Eurospeech
// 1997). Rates beyond the axes stand on their edge. Format and errors are those of WriteROC.
func WriteDET(w io.Writer, format string, lines []Line, o *PlotOptions) error {
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

func (o *PlotOptions) settings(lines []Line) (PlotOptions, error) {
	var s PlotOptions
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
		return s, fmt.Errorf("%w: nothing to plot", ErrEmpty)
	case !(s.MinFAR >= 1e-12 && s.MinFAR < 1 && s.MinTAR >= 0 && s.MinTAR < 1 && s.MaxFNMR > s.MinFAR && s.MaxFNMR < 1):
		return s, fmt.Errorf("%w: axes from FAR %v, TAR %v, to FNMR %v", ErrOption, s.MinFAR, s.MinTAR, s.MaxFNMR)
	case s.Width < 100 || s.Height < 100 || s.Width > 10_000 || s.Height > 10_000:
		return s, fmt.Errorf("%w: plot of %d × %d pixels", ErrOption, s.Width, s.Height)
	}
	for _, l := range lines {
		if len(l.FAR) != len(l.TAR) || len(l.FAR) == 0 {
			return s, fmt.Errorf("%w: line %q has %d FAR, %d TAR", ErrOption, l.Name, len(l.FAR), len(l.TAR))
		}
		for i := range l.FAR {
			if !(l.FAR[i] >= 0 && l.FAR[i] <= 1 && l.TAR[i] >= 0 && l.TAR[i] <= 1) {
				return s, fmt.Errorf("%w: line %q, point %d: FAR %v, TAR %v", ErrOption, l.Name, i, l.FAR[i], l.TAR[i])
			}
		}
	}
	return s, nil
}

func (s PlotOptions) plot(x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = s.Title, x, y
	p.BackgroundColor = color.White
	p.Add(plotter.NewGrid())
	p.Legend.Padding = vg.Points(2)
	return p
}

// palette is that of Okabe and Ito, told apart by colour-blind readers too.
var palette = []color.Color{
	color.NRGBA{0xd5, 0x5e, 0x00, 0xff}, color.NRGBA{0x00, 0x72, 0xb2, 0xff}, color.NRGBA{0x00, 0x9e, 0x73, 0xff},
	color.NRGBA{0xcc, 0x79, 0xa7, 0xff}, color.NRGBA{0xe6, 0x9f, 0x00, 0xff}, color.NRGBA{0x56, 0xb4, 0xe9, 0xff}, color.Black,
}

// lines adds the curves. Ours are steps, first right and then up: nothing is accepted between two points. Published ones
// are joined as they come.
func (s PlotOptions) lines(p *plot.Plot, lines []Line, at func(far, tar float64) (x, y float64)) error {
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
			return fmt.Errorf("eval: line %q: %w", l.Name, err)
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

func (s PlotOptions) write(p *plot.Plot, w io.Writer, format string) error {
	if e := filepath.Ext(format); e != "" {
		format = e[1:]
	}
	format = strings.ToLower(format)
	if format != "png" && format != "svg" {
		return fmt.Errorf("%w: plot format %q, want png or svg", ErrOption, format)
	}
	dot := vg.Inch / 96
	wt, err := p.WriterTo(vg.Length(s.Width)*dot, vg.Length(s.Height)*dot, format)
	if err != nil {
		return fmt.Errorf("eval: plot: %w", err)
	}
	if _, err := wt.WriteTo(w); err != nil {
		return fmt.Errorf("eval: plot: %w", err)
	}
	return nil
}

// decades are the marks of a logarithmic axis from low to 1.
func decades(low float64) []plot.Tick {
	var t []plot.Tick
	for e := int(math.Floor(math.Log10(low))); e <= 0; e++ {
		base := math.Pow(10, float64(e))
		t = append(t, plot.Tick{Value: base, Label: fmt.Sprintf("%.0e", base)})
		if e == 0 {
			t[len(t)-1].Label = "1"
			break
		}
		for m := 2.0; m < 10; m++ {
			t = append(t, plot.Tick{Value: m * base})
		}
	}
	return t
}

// deviates are the customary marks of a DET axis.
func deviates(low, high float64, probit func(float64) float64) plot.ConstantTicks {
	var t plot.ConstantTicks
	for _, r := range []float64{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9} {
		if r >= low && r <= high {
			t = append(t, plot.Tick{Value: probit(r), Label: fmt.Sprintf("%g%%", 100*r)})
		}
	}
	return t
}

// sortRates orders points by FAR, then TAR, and lifts what falls: published figures are rounded.
func sortRates(tar, far []float64) {
	sort.Sort(byRate{tar, far})
	for i := 1; i < len(tar); i++ {
		tar[i] = max(tar[i], tar[i-1])
	}
}

type byRate struct{ tar, far []float64 }

func (b byRate) Len() int { return len(b.far) }
func (b byRate) Swap(i, j int) {
	b.far[i], b.far[j] = b.far[j], b.far[i]
	b.tar[i], b.tar[j] = b.tar[j], b.tar[i]
}
func (b byRate) Less(i, j int) bool {
	return b.far[i] < b.far[j] || b.far[i] == b.far[j] && b.tar[i] < b.tar[j]
}
