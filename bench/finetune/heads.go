package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"faceid/finetune"
	"faceid/finetune/dense"
)

// headRow is what a head says of strangers, and what is true of everybody whom it has not seen: the share taken for
// somebody as a multiple of the share asked for, over the draws and the kinds of photos.
type headRow struct {
	People int     `json:"people"`
	FPIR   float64 `json:"fpir"`
	Low    float64 `json:"ratio_p10"`
	Median float64 `json:"ratio_median"`
	High   float64 `json:"ratio_p90"`
	Mean   float64 `json:"ratio_mean"`
	Held   float64 `json:"interval_holds"` // share of the draws whose interval holds the truth, of the worst kind
}

// heads draws people with three to eight photos, trains a head on them as faceid finetune does, and shows it photos of
// all others.
func heads(ctx context.Context, o options, data *finetune.Dataset, start finetune.Layer) ([]headRow, error) {
	fmt.Printf("\nStrangers whom a head takes for somebody, as a multiple of the share asked for, %d draws; of the\n"+
		"kind of photos where they are most\n%6s %7s  %6s %6s %6s %6s  %14s\n",
		o.heads, "people", "asked", "10 %", "median", "90 %", "mean", "interval holds")
	var rows []headRow
	for _, n := range []int{100, 200, 400} {
		rates := []float64{0.05, 0.02, 0.01}
		ratios, held := make([][]float64, len(rates)), make([]float64, len(rates))
		for k := range uint64(o.heads) {
			given, others := crowd(data, rand.New(rand.NewPCG(o.split+k, uint64(n))), n)
			c := finetune.Defaults("")
			c.Mirrored, c.ProbeShare, c.Seed = true, 0, o.trainSeed+k
			fit, err := finetune.CrossFit(ctx, given, start, c)
			if err != nil {
				return nil, err
			}
			for i, p := range rates {
				at, err := fit.Head.AtFPIR(p)
				if err != nil {
					continue
				}
				worst := 0.0
				for _, kind := range others.TestKinds() {
					worst = max(worst, taken(at, dense.Embed(others.Views(kind, true), fit.Layer)))
				}
				ratios[i] = append(ratios[i], worst/p)
				if r := at.FPIR(); r.Low <= worst && worst <= r.High {
					held[i]++
				}
			}
		}
		for i, p := range rates {
			m := len(ratios[i])
			if m == 0 {
				continue
			}
			slices.Sort(ratios[i])
			r := headRow{n, p, ratios[i][m/10], ratios[i][m/2], ratios[i][m-1-m/10], 0, held[i] / float64(m)}
			for _, x := range ratios[i] {
				r.Mean += x / float64(m)
			}
			fmt.Printf("%6d %7g  %6.2f %6.2f %6.2f %6.2f  %12.0f %%\n", n, p, r.Low, r.Median, r.High, r.Mean,
				100*r.Held)
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// crowd draws n people with three photos or more, at most eight of each; all others are strangers, with a photo each.
func crowd(d *finetune.Dataset, rng *rand.Rand, n int) (given, others *finetune.Dataset) {
	photos := d.PhotosOf()
	in := make([]bool, len(photos))
	for _, p := range rng.Perm(len(photos)) {
		if photos[p] >= 3 && n > 0 {
			in[p] = true
			n--
		}
	}
	keep, used := make([]bool, len(d.Photos)), make([]bool, len(d.Photos))
	count := make([]int, len(photos))
	for i, ph := range d.Photo {
		most := 1
		if p := d.Person[i]; !used[ph] {
			if in[p] {
				most = 8
			}
			used[ph], keep[ph] = true, count[p] < most
			count[p]++
		}
	}
	part := func(want bool) *finetune.Dataset {
		return d.Select(func(i int) bool { return in[d.Person[i]] == want && keep[d.Photo[i]] })
	}
	return part(true), part(false)
}

// taken is the share of strangers who are known to a head.
func taken(h *finetune.Head, e *dense.Embedded) float64 {
	n, c := e.E.Rows, len(h.Labels)
	cos, dist := make([]float32, n*c), make([]float32, n*c)
	h.Scores(cos, dist, e.E.Data)
	count := 0
	for i := range n {
		best := i * c
		for j := i * c; j < (i+1)*c; j++ {
			if cos[j] > cos[best] {
				best = j
			}
		}
		if float64(dist[best]) < h.KnownDistance {
			count++
		}
	}
	return float64(count) / float64(n)
}
