// Package report renders what finetune.Run did and measured as a page, for readers who never trained a model.
//
//	r, err := finetune.Run(ctx, data, model, nil, &finetune.RunOptions{Out: "tuned", Page: report.Write})
package report

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/internal/plain"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"pct":    percent,
	"points": points,
	"score":  func(v float64) string { return fmt.Sprintf("%.3f", v) },
	"judged": judgedCurve,
	"rate":   rate,
	"join":   strings.Join,
}).Parse(pageText))

// Write writes the report as one self-contained HTML page: no scripts, nothing fetched. It is made for
// finetune.RunOptions.Page.
func Write(w io.Writer, r *finetune.Report) error { return write(w, r, nil) }

// WithPhotos is Write with the worst pairs shown: thumbnail returns a small JPEG of a photo by its name in the dataset,
// nil where there is none.
func WithPhotos(thumbnail func(photo string) []byte) func(io.Writer, *finetune.Report) error {
	return func(w io.Writer, r *finetune.Report) error { return write(w, r, thumbnail) }
}

func write(w io.Writer, r *finetune.Report, thumbnail func(photo string) []byte) error {
	p := page{Report: r, Verdict: verdict(r), Curves: curves(r), thumbnail: thumbnail}
	if r.Gate != nil {
		for i := range r.Gate.Domains {
			p.Domains = append(p.Domains, newPageDomain(&r.Gate.Domains[i]))
		}
	}
	// of what a browser would obey, as a mark that turns a name around; the template escapes markup
	clean := plain.NewWriter(w)
	err := pageTemplate.Execute(clean, p)
	if err == nil {
		err = clean.Flush()
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

type page struct {
	*finetune.Report
	thumbnail func(photo string) []byte

	Verdict string
	Curves  []template.HTML
	Domains []pageDomain
}

// Thumbnail is the source of an img; empty where there is no picture.
func (p page) Thumbnail(photo string) template.URL {
	if p.thumbnail == nil {
		return ""
	}
	b := p.thumbnail(photo)
	if b == nil {
		return ""
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b))
}

// Pictures says whether the page shows photos.
func (p page) Pictures() bool { return p.thumbnail != nil }

type pageDomain struct {
	*gate.Domain
	Name   string
	Rows   []pageRow
	Charts []template.HTML
}

type pageRow struct {
	Name, Means string
	gate.Change
	Verdict, Class string
}

func percent(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

func points(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%+.1f", 100*v), "-", "−", 1)
}

func domainName(kind string) string {
	switch kind {
	case finetune.KindClean:
		return "good photos"
	case "lowres":
		return "low-resolution photos"
	}
	return "“" + kind + "” photos"
}

// verdict is the page's first sentence.
func verdict(r *finetune.Report) string {
	wrote := ""
	switch {
	case !r.Written:
		wrote = " The model was not written."
	case r.Forced:
		wrote = " It was written all the same, because you asked for it."
	}
	if r.Gate == nil || len(r.Gate.Domains) == 0 || !r.Gate.Domains[len(r.Gate.Domains)-1].Measured() {
		return "Nobody knows whether the tuned model is better: there were too few people to keep some out of " +
			"training." + wrote
	}
	c, kinds := r.Gate.Decision.Change, r.Gate.Decision.Kinds
	if len(kinds) == 0 { // of a report from before there was one deciding figure
		d := &r.Gate.Domains[min(1, len(r.Gate.Domains)-1)]
		c, kinds = d.TAR1e2, []string{d.Kind}
	}
	var names []string
	for _, k := range kinds {
		names = append(names, domainName(k))
	}
	allowed := "with one false match allowed in 100 comparisons with strangers, it finds"
	if r.Gate.Decision.Figure == gate.DecidingFigure {
		allowed = "with 3 to 100 false matches allowed in 1,000 comparisons with strangers, it finds on average"
	}
	facts := fmt.Sprintf("%s %s of the right matches for %s; the model you started from finds %s. The difference is "+
		"%s points, and with other people like these it would lie between %s and %s. Measured on %d people it was not "+
		"trained on.", allowed, percent(c.After.Value), strings.Join(names, " and "), percent(c.Before.Value),
		points(c.Diff.Value), points(c.Diff.Low), points(c.Diff.High), r.Gate.People)
	if lost := fewer(r); lost != "" {
		facts += " But " + lost + "."
	}
	if r.Better {
		return "The tuned model is better: " + facts + wrote
	}
	if r.Forced {
		wrote += " These figures are of the layer that was written; the verdict rests on those below, of the layers " +
			"that the folds chose."
	}
	return "The tuned model is not better: " + facts + wrote
}

func newPageDomain(d *gate.Domain) pageDomain {
	p := pageDomain{Domain: d, Name: domainName(d.Kind)}
	add := func(name, means string, c gate.Change, less bool) {
		if !d.Measured() {
			return
		}
		row := pageRow{Name: name, Means: means, Change: c, Verdict: "no clear difference"}
		up, down := c.Diff.Low > 0, c.Diff.High < 0
		if less {
			up, down = down, up
		}
		switch {
		case up:
			row.Verdict, row.Class = "better", "good"
		case down:
			row.Verdict, row.Class = "worse", "bad"
		}
		p.Rows = append(p.Rows, row)
	}
	if d.MeanTAR != (gate.Change{}) { // reports from before it have none
		add("Mean TAR", "right matches found, averaged over FARs from 3e-3 to 1e-1; this decides", d.MeanTAR, false)
	}
	add("TAR at FAR 1e-2", "right matches found when 1 stranger in 100 slips through", d.TAR1e2, false)
	add("TAR at FAR 1e-3", "right matches found when 1 stranger in 1,000 slips through", d.TAR1e3, false)
	add("Rank-1", "searches whose best hit is the right person", d.Rank1, false)
	add("EER", "errors where both kinds are equally frequent; less is better", d.EER, true)
	if len(d.ROCAfter) > 0 {
		p.Charts = append(p.Charts, rocChart(d),
			scoreChart("scores before", d.Scores.GenuineBefore, d.Scores.ImpostorBefore),
			scoreChart("scores after", d.Scores.GenuineAfter, d.Scores.ImpostorAfter))
	}
	return p
}

func rocChart(d *gate.Domain) template.HTML {
	c := &chart{title: "ROC, before and after", x: "FAR: strangers accepted (logarithmic)",
		y: "TAR: right matches found", log: true, y1: 1, yticks: ticks(0, 1, 5)}
	c.x0, c.x1 = d.ROCAfter[0].FAR, 1
	for e := math.Ceil(math.Log10(c.x0) - 1e-9); e <= 0; e++ {
		c.xticks = append(c.xticks, tick{math.Pow(10, e), fmt.Sprintf("1e%g", e)})
	}
	c.xticks[len(c.xticks)-1].text = "1"
	for _, s := range []struct {
		name, class string
		p           []gate.Point
	}{{"before", "before", d.ROCBefore}, {"after", "after", d.ROCAfter}} {
		l := line{name: s.name, class: s.class}
		for _, pt := range s.p {
			l.x, l.y = append(l.x, pt.FAR), append(l.y, pt.TAR)
		}
		c.lines = append(c.lines, l)
	}
	return c.svg()
}

func scoreChart(title string, genuine, impostor []float64) template.HTML {
	top := 0.0
	for _, s := range [][]float64{genuine, impostor} {
		for _, v := range s {
			top = math.Max(top, v)
		}
	}
	c := &chart{title: title, x: "cosine similarity, " + title[len("scores "):] + " training", y: "share of pairs",
		x0: -1, x1: 1, y1: top * 1.05}
	c.xticks, c.yticks = ticks(-1, 1, 8), ticks(0, c.y1, 5)
	c.bars = []bars{{"two people", "impostor", impostor}, {"one person", "genuine", genuine}}
	return c.svg()
}

// curves draws the loss and the validation figure over the epochs.
func curves(r *finetune.Report) []template.HTML {
	if len(r.History) < 2 {
		return nil
	}
	var x, loss, softmax, center, val []float64
	for _, e := range r.History {
		x, loss, val = append(x, float64(e.Epoch)), append(loss, e.Loss), append(val, e.Val)
		if e.Epoch > 0 {
			softmax, center = append(softmax, e.Softmax), append(center, e.Center)
		}
	}
	draw := func(title, y, class string, v []float64) template.HTML {
		c := &chart{title: title, x: "epoch (pass over the photos)", y: y, x0: 0, x1: x[len(x)-1]}
		if v[0] != v[0] && len(v) > 1 {
			c.x0 = 1
		}
		c.y0, c.y1 = span(v)
		if b := float64(r.Best); b >= c.x0 {
			c.best = &b
		}
		for _, t := range ticks(c.x0, c.x1, 8) {
			if t.at == math.Trunc(t.at) {
				c.xticks = append(c.xticks, t)
			}
		}
		c.yticks = ticks(c.y0, c.y1, 5)
		c.lines = []line{{title, class, x, v}}
		return c.svg()
	}
	out := []template.HTML{draw("training loss (less is better)", "loss", "before", loss)}
	if len(center) > 1 && slices.Max(center) > 0 { // the parts of L_s + λ·L_c, apart
		x = x[1:]
		out = []template.HTML{draw("L_s, of the softmax head (less is better)", "L_s", "before", softmax),
			draw("L_c, of the centres, before λ (less is better)", "L_c", "before", center)}
		x = append([]float64{0}, x...)
	}
	for _, v := range val {
		if !math.IsNaN(v) {
			return append(out, draw("figure on people kept out (more is better)", "validation figure", "after", val))
		}
	}
	return out
}

// judgedCurve says whether curves ends with the figure on people kept out.
func judgedCurve(r *finetune.Report) bool {
	return slices.ContainsFunc(r.History, func(e finetune.Epoch) bool { return !math.IsNaN(e.Val) })
}
