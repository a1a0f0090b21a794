package measure

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"faceid/recognize"
)

// WriteText writes what the thresholds in use do, by group where there are groups, and the worst pairs; point says an operating
// point in the door's own words.
func (p *People) WriteText(w io.Writer, point func(recognize.Point) string) error {
	var b bytes.Buffer
	inUse := func(indent string, points []InUse) {
		for _, u := range points {
			fmt.Fprintf(&b, "%sat threshold %.3f (%s):\n%s  FAR %v\n%s  TAR %v\n", indent, u.At, point(u.Point), indent, u.FAR, indent, u.TAR)
		}
	}
	inUse("  ", p.InUse)
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "  group %s: people %d, photos %d\n", g.Name, g.People, g.Photos)
		inUse("    ", g.InUse)
	}
	for i, u := range p.InUse {
		if s := p.Spread(i); len(p.Groups) > 1 && !math.IsNaN(s) {
			fmt.Fprintf(&b, "  at threshold %.3f the group with the most false accepts has %.1f times those of the one with the fewest\n", u.At, s)
		}
	}
	for _, list := range []struct {
		title string
		pairs []Pair
	}{{"most alike photos of different people", p.False}, {"least alike photos of one person", p.Missed}} {
		if len(list.pairs) > 0 {
			fmt.Fprintf(&b, "  %s:\n", list.title)
		}
		for _, x := range list.pairs {
			fmt.Fprintf(&b, "    %.3f  %s  %s\n", x.Score, x.A, x.B)
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
	between := Percent(r.Low) + " to " + Percent(r.High)
	if r.Low < 1e-9 {
		between = "up to " + Percent(r.High)
	}
	return fmt.Sprintf("%s (%s), %d of %d pairs passed", Percent(*r.Value), between, r.Hits, r.N)
}

// Percent says a share with two digits that count: "12 %", "1.2 %", "0.012 %".
func Percent(share float64) string {
	p := 100 * share
	switch {
	case p >= 10:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 1:
		return fmt.Sprintf("%.1f %%", p)
	case !(p > 0):
		return "0 %"
	}
	return fmt.Sprintf("%.*f %%", min(1-int(math.Floor(math.Log10(p))), 9), p)
}
