package recognize

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/recognize/calibrate"
)

// roster is the gallery as far as a calibration needs it.
type roster struct {
	info      gallery.Info
	ids       []int64       // of the people with a template, drawn at random where they are many
	photos    [][][]float32 // of each, the first few embeddings
	enrolled  int           // people with a template
	templates int
}

func readRoster(ctx context.Context, e gallery.Engine) (*roster, error) {
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	r := &roster{info: info}
	aside, err := rejections(ctx, e)
	if err != nil {
		return nil, err
	}
	for t, err := range e.Sources(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if _, nobody := aside[t.PersonID]; nobody {
			continue
		}
		r.templates++
		if n := len(r.ids); n == 0 || r.ids[n-1] != t.PersonID {
			r.ids = append(r.ids, t.PersonID)
		}
	}
	if r.enrolled = len(r.ids); r.enrolled > calibratedPeople {
		rng := rand.New(rand.NewPCG(1, uint64(r.enrolled))) // the same people for the same gallery
		rng.Shuffle(len(r.ids), func(i, j int) { r.ids[i], r.ids[j] = r.ids[j], r.ids[i] })
		r.ids = r.ids[:calibratedPeople]
		slices.Sort(r.ids)
	}
	for _, id := range r.ids {
		var p [][]float32
		for t, err := range e.Templates(ctx, id) {
			if err != nil {
				return nil, err
			}
			if p = append(p, t.Embedding); len(p) == calibratedPhotos {
				break
			}
		}
		r.photos = append(r.photos, p)
	}
	return r, nil
}

// openSet adds the thresholds for an FPIR.
func openSet(ctx context.Context, e gallery.Engine, g *roster, fit *calibrate.Fit, alone []bool, strangers []float64, c *gallery.Calibration) error {
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
	o, err := fit.OpenSet(out.best, g.enrolled-1)
	if err != nil {
		return err
	}
	c.Searches = len(out.best)
	for _, p := range rates(1 / float64(len(out.best))) {
		t := o.Threshold(p, g.enrolled)
		rate, low, high := o.FPIR(t, g.enrolled)
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

func takeOut(ctx context.Context, e gallery.Engine, g *roster, alone []bool) (takenOut, error) {
	var who []int
	for i := range g.ids {
		if alone[i] && len(g.photos[i]) > 0 {
			who = append(who, i)
		}
	}
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(who), func(i, j int) { who[i], who[j] = who[j], who[i] })
	who = who[:min(len(who), calibratedOut)]
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

// searchStrangers returns the best score of each stranger's search.
func (r *Recognizer) searchStrangers(ctx context.Context, e gallery.Engine, in iter.Seq[embed.Input]) ([]float64, error) {
	_, _, p, err := r.enrolled(ctx)
	if err != nil {
		return nil, err
	}
	best := []float64{}
	for photo := range p.Run(ctx, in) {
		if photo.Err != nil || len(photo.Faces) == 0 || poor(photo.Faces[0]) != nil { // who is never named
			continue
		}
		found, err := e.Search(ctx, [][]float32{photo.Faces[0].Embedding}, &gallery.SearchOptions{K: 1})
		if err != nil {
			return nil, err
		}
		if len(found[0]) > 0 {
			best = append(best, math.Min(1, float64(found[0][0].Score)))
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if least := calibrate.MinStrangers(0.5); len(best) < least {
		return nil, &TooFewError{"FPIR by strangers", len(best), least}
	}
	return best, nil
}
