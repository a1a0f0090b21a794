package census

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"faceid/eval"
	"faceid/gallery"
	"faceid/internal/words"
	"faceid/recognize/calibrate"
	"faceid/recognize/cohort"
)

// Stranger is what a search for somebody who is not enrolled found first.
type Stranger struct {
	Photo    string // its path
	PersonID int64
	Score    float64 // cosine similarity

	// the same of normalised scores, where there is a cohort
	NormalisedID int64
	Normalised   float64
}

// best are their scores.
func best(strangers []Stranger) []float64 {
	out := make([]float64, len(strangers))
	for i, s := range strangers {
		out[i] = s.Score
	}
	return out
}

// openSet adds the thresholds for an FPIR.
func openSet(ctx context.Context, e gallery.Engine, g *Census, fit *calibrate.Fit, alone []bool, strangers []Stranger,
	c *gallery.Calibration, n *cohort.Cross) error {

	out, err := takeOut(ctx, e, g, alone, n)
	if err != nil || len(out.best) < calibrate.MinPeople {
		return err
	}
	o, err := fit.OpenSet(out.best, g.Enrolled-1)
	if err != nil {
		return err
	}
	c.Mated = len(out.mated)
	add := func(rate, low, high, t float64) {
		addRate(&c.FPIR, gallery.CalibratedRate{Rate: rate, Low: low, High: high, Threshold: t, FNIR: out.fnir(t)})
	}
	if strangers != nil {
		scores := leaveOut(c, o, g.Enrolled, strangers)
		c.Strangers, c.Searches = true, len(scores)
		for _, p := range rates(3 / float64(max(len(scores), 1))) {
			if s, err := calibrate.FromStrangers(scores, p); err == nil {
				add(s.FPIR, s.Low, s.High, s.Threshold)
			}
		}
		return nil
	}
	c.Searches = len(out.best)
	for _, p := range rates(1 / float64(len(out.best))) {
		t := o.Threshold(p, g.Enrolled)
		rate, low, high := o.FPIR(t, g.Enrolled)
		add(rate, low, high, t)
	}
	return nil
}

// leaveOut lists the strangers who look like somebody enrolled, and returns the best scores of the others' searches.
func leaveOut(c *gallery.Calibration, o *calibrate.OpenSet, people int, strangers []Stranger) []float64 {
	cut := o.LookEnrolled(best(strangers), people)
	var left []Stranger
	for _, s := range strangers {
		if s.Score >= cut {
			c.LookEnrolled = append(c.LookEnrolled, gallery.LookEnrolled{Photo: s.Photo, PersonID: s.PersonID,
				Score: s.Score})
		} else {
			left = append(left, s)
		}
	}
	slices.SortStableFunc(c.LookEnrolled, func(a, b gallery.LookEnrolled) int { return cmp.Compare(b.Score, a.Score) })
	return best(left)
}

// LeftOut says in words how many strangers were left out; "" where none was.
func LeftOut(c *gallery.Calibration) string {
	if len(c.LookEnrolled) == 0 {
		return ""
	}
	l := c.LookEnrolled[0]
	return fmt.Sprintf(", without %s like somebody enrolled (%s like #%d, score %.3f)",
		words.Plural(len(c.LookEnrolled), "photo that looks", "photos that look"), l.Photo, l.PersonID, l.Score)
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

// besides are how many others are scored by all their templates when one is searched for.
const besides = 5

// together is gallery.Together's score of a probe and a person of these templates.
func together(probe []float32, templates [][]float32) float64 {
	nearest := math.Inf(-1)
	mean := make([]float32, len(probe))
	for _, t := range templates {
		nearest = math.Max(nearest, eval.Cosine(t, probe))
		for i, x := range t {
			mean[i] += x
		}
	}
	return float64(gallery.TogetherScore(float32(nearest), probe, mean))
}

// takeOut searches for people as if they were not enrolled; n, if any, normalises the scores.
func takeOut(ctx context.Context, e gallery.Engine, g *Census, alone []bool, n *cohort.Cross) (takenOut, error) {
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
		// As Identify scores, of which Usable's weights are left out; the first is the person searched for.
		found, err := searchOut(ctx, e, probes, chunk, n)
		if err != nil {
			return out, err
		}
		for k, i := range chunk {
			best := math.Inf(-1)
			for _, m := range found[k] {
				if m.PersonID != g.ids[i] {
					best = math.Max(best, ScoreOf(m))
				}
			}
			if math.IsInf(best, -1) {
				continue // removed meanwhile
			}
			out.best = append(out.best, math.Min(1, best))
			if others := g.photos[i][1:]; len(others) > 0 {
				own := together(probes[k], others)
				if n != nil {
					own = n.All.Together(probes[k], others)
				}
				out.mated = append(out.mated, [2]float64{own, best})
			}
		}
	}
	return out, nil
}

// searchOut searches for the people of these numbers.
func searchOut(ctx context.Context, e gallery.Engine, probes [][]float32, who []int,
	n *cohort.Cross) ([][]gallery.Match, error) {
	if n == nil {
		return gallery.Together(ctx, e, probes, &gallery.SearchOptions{K: besides + 1}, nil)
	}
	out := make([][]gallery.Match, len(probes))
	for k, i := range who {
		found, err := n.Without(i).Search(ctx, e, probes[k:k+1], besides+1, nil)
		if err != nil {
			return nil, err
		}
		out[k] = found[0]
	}
	return out, nil
}
