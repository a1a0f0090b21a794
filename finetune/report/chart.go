package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// A chart is an inline SVG. Colours are classes of the page, so that it follows light and dark; "before" is dashed as
// well, so that it can be told apart without colour. Every text put into it is escaped.
type chart struct {
	title, x, y    string
	x0, x1, y0, y1 float64
	xticks, yticks []tick
	log            bool // x is put at its logarithm
	best           *float64
	lines          []line
	bars           []bars
}

type tick struct {
	at   float64
	text string
}

type line struct {
	name, class string
	x, y        []float64
}

type bars struct {
	name, class string
	y           []float64 // equal bars from x0 to x1
}

const (
	chartW, chartH                    = 460.0, 300.0
	padLeft, padRight, padTop, padBot = 52.0, 12.0, 30.0, 44.0
)

func (c *chart) px(v float64) float64 {
	lo, hi := c.x0, c.x1
	if c.log {
		v, lo, hi = math.Log10(v), math.Log10(lo), math.Log10(hi)
	}
	return padLeft + (v-lo)/(hi-lo)*(chartW-padLeft-padRight)
}

func (c *chart) py(v float64) float64 {
	return chartH - padBot - (v-c.y0)/(c.y1-c.y0)*(chartH-padTop-padBot)
}

func (c *chart) svg() template.HTML {
	if !(c.x1 > c.x0) {
		c.x1 = c.x0 + 1
	}
	if !(c.y1 > c.y0) {
		c.y1 = c.y0 + 1
	}
	var b strings.Builder
	put := func(format string, a ...any) { fmt.Fprintf(&b, format, a...) }
	esc := template.HTMLEscapeString
	put(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartW, chartH, esc(c.title))
	bottom := chartH - padBot
	for _, t := range c.yticks {
		y := c.py(t.at)
		put(`<path class="grid" d="M%g %.1fH%g"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`, padLeft, y,
			chartW-padRight, padLeft-6, y+4, esc(t.text))
	}
	for _, t := range c.xticks {
		x := c.px(t.at)
		put(`<path class="grid" d="M%.1f %gV%g"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`, x, padTop,
			bottom, x, bottom+16, esc(t.text))
	}
	put(`<path class="axis" d="M%g %gV%gH%g"/>`, padLeft, padTop, bottom, chartW-padRight)
	put(`<text x="%g" y="%g" text-anchor="middle">%s</text>`, (padLeft+chartW-padRight)/2, chartH-8, esc(c.x))
	put(`<text transform="rotate(-90)" x="%g" y="12" text-anchor="middle">%s</text>`, -(padTop+bottom)/2, esc(c.y))
	if c.best != nil {
		put(`<path class="best" d="M%.1f %gV%g"/>`, c.px(*c.best), padTop, bottom)
	}
	at := padLeft
	legend := func(name, class string, stroke bool) {
		if name == "" {
			return
		}
		if stroke {
			put(`<path class="line %s" d="M%.1f 14h18"/>`, class, at)
		} else {
			put(`<rect class="bar %s" x="%.1f" y="8" width="18" height="11"/>`, class, at)
		}
		put(`<text x="%.1f" y="18">%s</text>`, at+23, esc(name))
		at += 40 + 6.6*float64(len([]rune(name)))
	}
	for _, s := range c.bars {
		w := (c.x1 - c.x0) / float64(len(s.y))
		put(`<path class="bar %s" d="`, s.class)
		for i, v := range s.y {
			if v <= 0 {
				continue
			}
			x, y := c.px(c.x0+float64(i)*w), c.py(math.Min(v, c.y1))
			put("M%.1f %.1fV%.1fH%.1fV%.1fZ", x, bottom, y, c.px(c.x0+float64(i+1)*w), bottom)
		}
		put(`"/>`)
		legend(s.name, s.class, false)
	}
	for _, s := range c.lines {
		put(`<path class="line %s" d="`, s.class)
		pen := "M"
		for i, v := range s.y {
			x := s.x[i]
			if math.IsNaN(v) || math.IsInf(v, 0) || c.log && x <= 0 {
				pen = "M"
				continue
			}
			put("%s%.1f %.1f", pen, c.px(x), c.py(v))
			pen = "L"
		}
		put(`"/>`)
		legend(s.name, s.class, true)
	}
	put(`</svg>`)
	return template.HTML(b.String())
}

// ticks returns about n round values in [lo, hi].
func ticks(lo, hi float64, n int) []tick {
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/float64(n))))
	for _, f := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(step*f) <= float64(n) {
			step *= f
			break
		}
	}
	var out []tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+step*1e-9 && len(out) < 50; k++ {
		v := k * step
		if math.Abs(v) < step/1e6 {
			v = 0
		}
		out = append(out, tick{v, strconv.FormatFloat(v, 'g', 4, 64)})
	}
	return out
}

// span returns the range of the finite values of y with a little room, 0 to 1 if there is none.
func span(y []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range y {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if lo > hi {
		return 0, 1
	}
	room := math.Max((hi-lo)*0.06, 1e-3)
	return lo - room, hi + room
}
