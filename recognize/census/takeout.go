package census

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"faceid/eval"
	"faceid/gallery"
	"faceid/recognize/calibrate"
)

// openSet adds the thresholds for an FPIR.
func openSet(ctx context.Context, e gallery.Engine, g *Census, fit *calibrate.Fit, alone []bool, strangers []float64,
	c *gallery.Calibration) error {

	out, err := takeOut(ctx, e, g, alone)
	if err != nil || len(out.best) < calibrate.MinPeople {
		return err
	}
	c.Mated = len(out.mated)
	add := func(rate, low, high, t float64) {
		addRate(&c.FPIR, gallery.CalibratedRate{Rate: rate, Low: low, High: high, Threshold: t, FNIR: out.fnir(t)})
	}
	if strangers != nil {
		c.Strangers, c.Searches = true, len(strangers)
		for _, p := range rates(3 / float64(len(strangers))) {
			if s, err := calibrate.FromStrangers(strangers, p); err == nil {
				add(s.FPIR, s.Low, s.High, s.Threshold)
			}
		}
		return nil
	}
	o, err := fit.OpenSet(out.best, g.Enrolled-1)
	if err != nil {
		return err
	}
	c.Searches = len(out.best)
	for _, p := range rates(1 / float64(len(out.best))) {
		t := o.Threshold(p, g.Enrolled)
		rate, low, high := o.FPIR(t, g.Enrolled)
		add(rate, low, high, t)
	}
	return nil
}

// takenOut is what searches for enrolled people found when they were taken out of the gallery.
type takenOut struct {
	best  []float64    // the best score of anybody else
	mated [][2]float64 // of those with another photo: its best score, and the best of anybody else
}

// fnir is the share of searches for somebody enrolled that do not find them; nil where nobody has a second photo.
func (o takenOut) fnir(t float64) *float64 {
	if len(o.mated) == 0 {
		return nil
	}
	missed := 0.0
	for _, m := range o.mated {
		if m[0] < t || m[0] <= m[1] {
			missed++
		}
	}
	missed /= float64(len(o.mated))
	return &missed
}

func takeOut(ctx context.Context, e gallery.Engine, g *Census, alone []bool) (takenOut, error) {
	var who []int
	for i := range g.ids {
		if alone[i] && len(g.photos[i]) > 0 {
			who = append(who, i)
		}
	}
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(who), func(i, j int) { who[i], who[j] = who[j], who[i] })
	who = who[:min(len(who), takenOutAtMost)]
	var out takenOut
	for chunk := range slices.Chunk(who, 64) {
		probes := make([][]float32, len(chunk))
		for k, i := range chunk {
			probes[k] = g.photos[i][0]
		}
		found, err := e.Search(ctx, probes, &gallery.SearchOptions{K: 2})
		if err != nil {
			return out, err
		}
		for k, i := range chunk {
			best := math.Inf(-1)
			for _, m := range found[k] {
				if m.PersonID != g.ids[i] {
					best = math.Max(best, float64(m.Score))
				}
			}
			if math.IsInf(best, -1) {
				continue // removed meanwhile
			}
			out.best = append(out.best, math.Min(1, best))
			own := math.Inf(-1)
			for _, p := range g.photos[i][1:] {
				own = math.Max(own, eval.Cosine(p, probes[k]))
			}
			if !math.IsInf(own, -1) {
				out.mated = append(out.mated, [2]float64{own, best})
			}
		}
	}
	return out, nil
}
