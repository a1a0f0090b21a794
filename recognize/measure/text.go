package measure

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"faceid/internal/plain"
	"faceid/internal/words"
)

// WriteText writes the figures.
func (f *Figures) WriteText(w io.Writer) error {
	var b bytes.Buffer
	plain.Fprintf(&b, "%s: %s, %s views, detector %s\n", f.Protocol, f.Model, f.Views, f.Detector)
	plain.Fprintf(&b, "  %s genuine and %s impostor pairs of %s photos; %d without a face, %d unreadable",
		words.Thousands(f.Genuine), words.Thousands(f.Impostor), words.Thousands(f.Photos), f.NoFace, f.Unread)
	if f.Seconds > 0 { // else they were embedded before
		plain.Fprintf(&b, "; %.1f photos a second", float64(f.Photos)/f.Seconds)
	}
	plain.Fprintf(&b, "\n")
	if f.Dropped > 0 {
		plain.Fprintf(&b, "  %s left out, of photos that cannot be read\n", words.Plural(f.Dropped, "pair", "pairs"))
	}
	if f.Accuracy > 0 {
		plain.Fprintf(&b, "  accuracy        %.2f %% ± %.2f (standard error over the folds)\n",
			100*f.Accuracy, 100*f.StdErr)
	}
	for _, p := range f.Points {
		plain.Fprintf(&b, "  TAR@FAR=%-7.0e %.2f %%  at threshold %.4f\n", p.FAR, 100*p.TAR, p.Threshold)
	}
	plain.Fprintf(&b, "  EER             %.2f %%\n  AUC             %.5f\n", 100*f.EER, f.AUC)
	_, err := b.WriteTo(w)
	return err
}

// WriteText writes the figures, and the errors at the thresholds in use.
func (p *PairFigures) WriteText(w io.Writer) error {
	if err := p.Figures.WriteText(w); err != nil {
		return err
	}
	var b bytes.Buffer
	for _, u := range p.InUse {
		missed, n := u.TAR.N-u.TAR.Hits, max(u.TAR.N, 1)
		plain.Fprintf(&b, "  at threshold %.3f (%s):\n", u.At, u.Point.Words())
		plain.Fprintf(&b, "    missed  %d of %d pairs of one person: %s (%s)\n", missed, u.TAR.N,
			words.Percent(float64(missed)/float64(n)), words.Interval(1-u.TAR.High, 1-u.TAR.Low))
		plain.Fprintf(&b, "    false   %d of %d pairs of different people: %s (%s)\n", u.FAR.Hits, u.FAR.N,
			words.Percent(float64(u.FAR.Hits)/float64(max(u.FAR.N, 1))), words.Interval(u.FAR.Low, u.FAR.High))
	}
	_, err := b.WriteTo(w)
	return err
}

// WriteText writes the figures, what the thresholds in use do, by group where there are groups, and the worst pairs.
func (p *People) WriteText(w io.Writer) error {
	if err := p.Figures.WriteText(w); err != nil {
		return err
	}
	var b bytes.Buffer
	if have := p.Photos - p.NoFace - p.Unread; p.Compared < have {
		plain.Fprintf(&b, "  compared are %s of %s photos, the first few of each person\n", words.Thousands(p.Compared),
			words.Thousands(have))
	}
	inUse := func(indent string, points []InUse) {
		for _, u := range points {
			plain.Fprintf(&b, "%sat threshold %.3f (%s):\n%s  FAR %v\n%s  TAR %v\n", indent, u.At, u.Point.Words(),
				indent, u.FAR, indent, u.TAR)
		}
	}
	inUse("  ", p.InUse)
	for _, g := range p.Groups {
		plain.Fprintf(&b, "  group %s: people %d, photos %d\n", g.Name, g.People, g.Photos)
		inUse("    ", g.InUse)
	}
	for i, u := range p.InUse {
		if s := p.Spread(i); len(p.Groups) > 1 && !math.IsNaN(s) {
			plain.Fprintf(&b, "  at threshold %.3f the group with the most false accepts has %.1f times those of the "+
				"one with the fewest\n", u.At, s)
		}
	}
	for _, list := range []struct {
		title string
		pairs []Pair
	}{{"most alike photos of different people", p.False}, {"least alike photos of one person", p.Missed}} {
		if len(list.pairs) > 0 {
			plain.Fprintf(&b, "  %s:\n", list.title)
		}
		for _, x := range list.pairs {
			plain.Fprintf(&b, "    %.3f  %s  %s\n", x.Score, x.A, x.B)
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// String is "0.34 % (0.10 % to 0.80 %), 12 of 3500 pairs passed".
func (r Rate) String() string {
	if r.Value == nil {
		return "not known: there are no such pairs"
	}
	return fmt.Sprintf("%s (%s), %d of %d pairs passed", words.Percent(*r.Value),
		words.Interval(r.Low, r.High), r.Hits, r.N)
}

// WriteText writes what became of the renditions' faces.
func (d *Demo) WriteText(w io.Writer, rows []Row) error {
	plain.Fprintf(w, "\nidentify at %.3f (%s), verify at %.3f (%s)\n\n", d.IdentifyAt.Threshold, d.IdentifyAt.Words(),
		d.VerifyAt.Threshold, d.VerifyAt.Words())
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "rendition\tfaces\tfound again\trank-1\tidentified\twrong\tverified\tlowest genuine\tfalse "+
		"matches\thighest impostor\t")
	for _, r := range rows {
		plain.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.3f\t%d of %d\t%.3f\t\n", r.Rendition,
			r.Enrolled, r.Found, r.Rank1,
			r.Identified, r.Wrong, r.Verified, r.Lowest, r.FalseMatch, r.Impostors, r.Highest)
	}
	return t.Flush()
}
