package finetune

import (
	"math"

	"faceid/finetune/gate"
)

// choose measures every attempt on every round's people, and chooses: for a round by the other folds of its repeat, and
// for the last training by all.
func (f *fitter) choose() (list []Attempt, chosen []int) {
	parts := gate.Panels(fewPhotos(f.data, maxValPhotos), f.cfg.Mirrored, f.rounds)
	n := len(f.trails[0])
	// figures[r][c] are those of attempt c by all rounds of r's repeat but r; the last are those by all.
	figures := make([][]Attempt, len(f.rounds)+1)
	for r := range figures {
		figures[r] = make([]Attempt, n)
	}
	for c := range n {
		layers := make([]Layer, len(f.trails))
		for r, trail := range f.trails {
			layers[r] = trail[c]
		}
		for kind, p := range parts {
			others, all := p.LeaveOut(f.folds, layers)
			for r, g := range append(others, all) {
				a := &figures[r][c]
				if kind == 0 {
					a.Clean = g.TAR1e3
				}
				if kind > 0 || len(parts) == 1 {
					a.Target += g.MeanTAR / float64(max(1, len(parts)-1))
				}
			}
		}
	}
	photos := float64(parts[0].Templates() * f.folds)
	for r, list := range figures {
		for c := range list {
			a := &list[c]
			a.Score = a.Target
			if len(parts) > 1 {
				miss := 1 - list[0].Clean
				noise := math.Sqrt((miss + 1/photos) / photos)
				a.Score -= 10 * max(0, list[0].Clean-a.Clean-f.cfg.MaxForget-noise)
			}
		}
		if r < len(f.rounds) {
			chosen = append(chosen, bestOf(list))
		}
	}
	list = figures[len(f.rounds)]
	for c := range list {
		list[c].Way, list[c].Epoch = WayHead, c-1
	}
	list[0].Way, list[0].Epoch = WayNone, 0
	list[1].Way = WayWCCN
	for _, c := range chosen {
		list[c].Chosen++
	}
	return list, chosen
}

// bestOf returns the first of the highest scores.
func bestOf(list []Attempt) int {
	at := 0
	for c, a := range list {
		if a.Score > list[at].Score {
			at = c
		}
	}
	return at
}
