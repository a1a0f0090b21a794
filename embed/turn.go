package embed

import (
	"cmp"
	"math"
	"slices"

	"faceid/embed/detect"
	"faceid/embed/photo"
	"faceid/embed/resample"
)

// Photos without an EXIF orientation may lie on their side or stand on their head. Detectors find such faces, but put
// the points as if they stood upright, and the embedder then makes of strangers one person. Three figures tell: the
// detector's score, the norm of the raw embedding and Quality.Usable are all lower than upright faces have them. Where
// their sum is low, and only there, the face is looked at in the other three turns; and where one of those is much
// better, the whole photo is turned.

// upright says how likely the face stands upright: its score and its norm, each in standard deviations from the mean of
// good upright faces, and the log-odds of its Quality.Usable; less is worse. What the models' entries do not tell is
// left out.
func (p *Pipeline) upright(f *Face) (z float64) {
	if d, ok := p.Detector.(*detect.Net); ok && d.Upright() != nil {
		z = (detect.Logit(f.Quality.Score) - d.Upright().Mean) / d.Upright().Std
	}
	if e := p.Embedder; e != nil {
		if e.upright != nil {
			z += (float64(f.Quality.Norm) - e.upright.Mean) / e.upright.Std
		}
		if e.quality != nil {
			z += detect.Logit(min(max(f.Quality.Usable, 0.01), 0.99))
		}
	}
	return z
}

// bounds returns two bounds on what upright returns: below doubt a face is looked at in the other turns, and one of
// those must be better by clearly. They depend on what the models' entries tell; of 500 people of LFW's View 1 training
// set who were shown in all four turns, the first doubt leaves none that was turned and 3 % of those that stood. known
// is false where nothing is told.
func (p *Pipeline) bounds() (doubt, clearly float64, known bool) {
	d, ok := p.Detector.(*detect.Net)
	score := ok && d.Upright() != nil
	norm := p.Embedder != nil && p.Embedder.upright != nil
	switch {
	case norm && p.Embedder.quality != nil:
		return -1.5, 2, true
	case norm:
		return -2.75, 1, true
	}
	return -0.6, 1, score
}

// doubtful says whether the face may lie otherwise than upright.
func (p *Pipeline) doubtful(f *Face) bool {
	doubt, _, known := p.bounds()
	return known && p.upright(f) < doubt
}

// turned returns the faces of m, found being those that it shows as it is. Where no face looks turned it does nothing.
func (p *Pipeline) turned(m *Image, found []sight) ([]sight, error) {
	turns, err := p.turns(m, found)
	if err != nil {
		return nil, err
	}
	lies := !slices.ContainsFunc(found, func(f sight) bool { return !p.doubtful(&f.Face) })
	for i, t := range turns {
		more, err := p.standing(m.Orient(resample.QuarterTurns[t]))
		if err != nil {
			return nil, err
		}
		back := resample.BackTurn(t, m.W, m.H)
		for i := range more {
			f := &more[i]
			f.Box, f.Points, f.Turn = back.Box(f.Box), back.Landmarks(f.Points), 90*t
		}
		found = p.better(found, more, lies && i == 0)
	}
	return found, nil
}

// turns lists the turns, in quarters of a circle clockwise, in which m shows a face much better than as it is; that of
// the largest face first.
func (p *Pipeline) turns(m *Image, found []sight) ([]int, error) {
	if _, _, known := p.bounds(); !known || len(found) == 0 && p.Detect.Once {
		return nil, nil
	}
	// A photo with a good upright face is not a turned one; only a larger face beside it may lie.
	var good float32
	for i := range found {
		if f := &found[i].Face; !p.doubtful(f) {
			good = max(good, f.Box.Area())
		}
	}
	var turns []int
	looked, all := 0, false
	for i := range found {
		f := &found[i].Face
		if f.Box.Area() < good || !p.doubtful(f) {
			continue
		}
		if looked++; looked > maxTurned {
			break
		}
		// The box may be that of a part of the face, so the window is wide; in a small photo it is the photo.
		b := f.Box.Square(4)
		if wide := 0.5 * float32(max(m.W, m.H)); b.X1-b.X0 < wide {
			b = f.Box.Square(4 * wide / (b.X1 - b.X0))
		}
		all = len(found) == 1 && b.X0 <= 0 && b.Y0 <= 0 && b.X1 >= float32(m.W) && b.Y1 >= float32(m.H)
		t, err := p.bestTurn(m, b, f, p.upright(f), all)
		if err != nil {
			return nil, err
		}
		if t != 0 && !slices.Contains(turns, t) {
			turns = append(turns, t)
		}
	}
	if len(turns) == 0 && good == 0 && !all {
		// What was found may be something else in a photo whose faces are not seen as they lie.
		z0 := math.Inf(-1)
		for i := range found {
			z0 = max(z0, p.upright(&found[i].Face))
		}
		b := Box{X1: float32(m.W), Y1: float32(m.H)}
		t, err := p.bestTurn(m, b, nil, z0, true)
		if t == 0 && err == nil && len(found) == 0 { // or it may fill the photo so that it shows but with more round it
			t, err = p.bestTurn(m, b.Square(2), nil, z0, true)
		}
		if t == 0 || err != nil {
			return nil, err
		}
		turns = append(turns, t)
	}
	return turns, nil
}

// maxTurned bounds the doubtful faces, the largest first, for which other turns are tried: a photo is turned for its
// main faces.
const maxTurned = 3

// bestTurn looks at the part b of m in the three other turns and returns the one, in quarters clockwise, that shows the
// face f much better than z0, or 0. With anyone set, another face than f will do that does not stand too badly.
func (p *Pipeline) bestTurn(m *Image, b Box, f *Face, z0 float64, anyone bool) (int, error) {
	plain := *p
	plain.Mirror = false
	doubt, clearly, _ := p.bounds()
	best, most := 0, z0+clearly
	for t := 1; t <= 3; t++ {
		w := resample.NewWindow(m, b, t, 2*detect.LookSide)
		seen, err := p.glance(w.Image)
		if err != nil {
			return 0, err
		}
		faces, err := plain.align(w.Image, seen[:min(2, len(seen))]) // the best scores
		if err != nil {
			return 0, err
		}
		for i := range faces {
			g := &faces[i].Face
			// Another thing than f, which may not be a face, must stand well itself: beside a poor face nearly
			// everything looks better.
			least := doubt
			if anyone {
				least -= 2 * clearly
			}
			x := w.Back.Box(g.Box)
			if f != nil && photo.Overlap(x, f.Box) > 0.3*min(x.Area(), f.Box.Area()) {
				least = math.Inf(-1)
			}
			if z := p.upright(g); z > most && z >= least {
				best, most = t, z
			}
		}
	}
	return best, nil
}

// glance detects in a window: at once where the detector is one of ours.
func (p *Pipeline) glance(m *Image) ([]Detection, error) {
	if d, ok := p.Detector.(*detect.Net); ok {
		return d.Glance(m)
	}
	o := p.Detect
	o.Once, o.MinSize = true, float32(max(m.W, m.H))
	return p.Detector.Detect(m, &o)
}

// better unites the faces of the photo as it is with those of the photo turned. Of two in one place the one that stands
// more upright stays; what overlaps nothing stays unless it is doubtful, since a turned photo is full of what looks a
// little like a face. Where the photo lies, what it shows turned is believed as that of any photo that stands.
func (p *Pipeline) better(found, turned []sight, lies bool) []sight {
	all := slices.Concat(found, turned)
	slices.SortStableFunc(all, func(a, b sight) int {
		return cmp.Compare(p.upright(&b.Face), p.upright(&a.Face))
	})
	var kept []sight
	for _, f := range all {
		taken := slices.ContainsFunc(kept, func(k sight) bool {
			return photo.Overlap(k.Box, f.Box) > 0.3*min(k.Box.Area(), f.Box.Area())
		})
		if !taken && (len(kept) == 0 || lies && f.Turn != 0 || !p.doubtful(&f.Face)) {
			kept = append(kept, f)
		}
	}
	return kept
}
