package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"faceid/recognize/calibrate"
)

// tarLost returns how many points of LFW's true accept rate go where a gallery of 100 of its people sets the threshold
// instead of all of them: the median over galleries, at the worse of both rates.
func (c *scored) tarLost(ref calibrate.Reference, points []calibrate.Point, draws int) (float64, error) {
	var genuine []float64
	for i, row := range c.s {
		for j, s := range row {
			if c.person[i] == c.person[j] {
				genuine = append(genuine, float64(s))
			}
		}
	}
	slices.Sort(genuine)
	tar := func(t float64) float64 {
		i, _ := slices.BinarySearch(genuine, t)
		return 1 - float64(i)/float64(len(genuine))
	}
	worst := math.Inf(-1)
	for _, far := range fars {
		shipped := math.NaN()
		for _, p := range points {
			if p.FAR == far {
				shipped = p.Score
			}
		}
		var lost []float64
		for d := range draws {
			_, s := c.draw(rand.New(rand.NewPCG(uint64(d), 100)), 100)
			f, err := calibrate.New(ref, s)
			if err != nil {
				return 0, err
			}
			lost = append(lost, 100*(tar(shipped)-tar(f.Threshold(far))))
		}
		slices.Sort(lost)
		m := lost[len(lost)/2]
		fmt.Printf("LFW's TAR at FAR %g: %.2f %%; points lost with 100 people: %.2f .. %.2f .. %.2f\n",
			far, 100*tar(shipped), lost[len(lost)/10], m, lost[len(lost)*9/10])
		worst = math.Max(worst, m)
	}
	return worst, nil
}

// printReference prints what package calibrate has of LFW's scores: one photo of each person.
func printReference(s set) error {
	var first [][][]float32
	for _, p := range s.people {
		if len(p) > 0 {
			first = append(first, p[:1])
		}
	}
	sample, _, err := calibrate.Pairs(first, &calibrate.PairsOptions{People: len(first)})
	if err != nil {
		return err
	}
	sample.LeaveOut()
	scores := make([]float64, len(sample.Pairs))
	for i, p := range sample.Pairs {
		scores[i] = float64(p.Score)
	}
	slices.Sort(scores)
	m := calibrate.MomentsOf(scores)
	fmt.Printf("%d people, %d pairs, %d left out: %+v\n", sample.People, len(sample.Pairs), len(sample.Twice), m)
	for _, far := range []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5} {
		t := scores[len(scores)-1-int(far*float64(len(scores)))]
		fmt.Printf("FAR %g: %.3f deviations above the mean\n", far, (t-m.Mean)/m.SD)
	}
	return nil
}
