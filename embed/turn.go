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
// the points as if they stood upright, and the embedder then makes of strangers one person. Two figures tell: the
// detector's score and the norm of the raw embedding are both lower than upright faces have them. Where their sum is
// low, and only there, the face is looked at in the other three turns; and where one of those is much better, the whole
// photo is turned.

// upright says how likely the face stands upright: its score and its norm, each in standard deviations from the mean of
// good upright faces; 0 is such a mean, and less is worse. known is false where the models' entries do not say what is
// normal.
func (p *Pipeline) upright(f *Face) (z float64, known bool) {
	if d, ok := p.Detector.(*detect.Net); ok && d.Upright() != nil {
		z, known = (detect.Logit(f.Quality.Score)-d.Upright().Mean)/d.Upright().Std, true
	}
	if p.Embedder != nil && p.Embedder.upright != nil {
		z += (float64(f.Quality.Norm) - p.Embedder.upright.Mean) / p.Embedder.upright.Std
		known = true
	}
	return z, known
}

// Bounds on what upright returns, chosen on 200 photos of LFW's View 1 training people in all four turns.
const (
	doubt      = -2.75 // below it a face is looked at in the other turns
	doubtScore = -0.6  // the same where there is no embedder, and so no norm
	clearly    = 1     // how much better another turn must be
)

// doubtful says whether the face may lie otherwise than upright.
func (p *Pipeline) doubtful(f *Face) bool {
	z, known := p.upright(f)
	if p.Embedder == nil {
		return known && z < doubtScore
	}
	return known && z < doubt
}

// turned returns the faces of m, found being those that it shows as it is. Where no face looks turned it does nothing.
func (p *Pipeline) turned(m *Image, found []sight) ([]sight, error) {
	turns, err := p.turns(m, found)
	if err != nil {
		return nil, err
	}
	for _, t := range turns {
		more, err := p.standing(m.Orient(resample.QuarterTurns[t]))
		if err != nil {
			return nil, err
		}
		back := resample.BackTurn(t, m.W, m.H)
		for i := range more {
			f := &more[i]
			f.Box, f.Points, f.Turn = back.Box(f.Box), back.Landmarks(f.Points), 90*t
		}
		found = p.better(found, more)
	}
	return found, nil
}

// turns lists the turns, in quarters of a circle clockwise, in which m shows a face much better than as it is.
func (p *Pipeline) turns(m *Image, found []sight) ([]int, error) {
	var turns []int
	all := Box{X0: 0, Y0: 0, X1: float32(m.W), Y1: float32(m.H)}
	if len(found) == 0 {
		if _, known := p.upright(&Face{}); !known || p.Detect.Once {
			return nil, nil
		}
		t, err := p.bestTurn(m, all, nil)
		if t == 0 || err != nil {
			return nil, err
		}
		return []int{t}, nil
	}
	// A photo with a good upright face is not a turned one; only a larger face beside it may lie.
	var good float32
	for i := range found {
		if f := &found[i].Face; !p.doubtful(f) {
			good = max(good, f.Box.Area())
		}
	}
	looked := 0
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
		t, err := p.bestTurn(m, b, f)
		if err != nil {
			return nil, err
		}
		if t != 0 && !slices.Contains(turns, t) {
			turns = append(turns, t)
		}
	}
	return turns, nil
}

// maxTurned bounds the doubtful faces, the largest first, for which other turns are tried: a photo is turned for its
// main faces.
const maxTurned = 3

// glimpse is a detection in a window.
type glimpse struct {
	Detection
	w    resample.Window
	turn int
}

// bestTurn looks at the part b of m in the three other turns and returns the one, in quarters clockwise, that shows the
// face f much better, or 0. Without f it returns the turn that shows the best face at all, or 0.
func (p *Pipeline) bestTurn(m *Image, b Box, f *Face) (int, error) {
	var seen []glimpse
	for t := 1; t <= 3; t++ {
		w := resample.NewWindow(m, b, t, 2*detect.LookSide)
		found, err := p.glance(w.Image)
		if err != nil {
			return 0, err
		}
		for _, d := range found[:min(2, len(found))] { // the best scores
			if f == nil || detect.Logit(d.Score) > detect.Logit(f.Quality.Score)-0.5 {
				seen = append(seen, glimpse{d, w, t})
			}
		}
	}
	// The embedder is asked about the best alone: upright a face has nearly always its best score.
	slices.SortStableFunc(seen, func(a, b glimpse) int { return cmp.Compare(b.Score, a.Score) })
	plain := *p
	plain.Mirror = false
	best, most, z0 := 0, math.Inf(-1), math.Inf(-1)
	if f != nil {
		z0, _ = p.upright(f)
	}
	for _, s := range seen[:min(3, len(seen))] {
		faces, err := plain.align(s.w.Image, []Detection{s.Detection})
		if err != nil {
			return 0, err
		}
		for i := range faces {
			g := &faces[i].Face
			z, _ := p.upright(g)
			// Another thing than f, which may not be a face, must stand well itself: beside a poor face nearly
			// everything looks better.
			x := s.w.Back.Box(g.Box)
			if same := f == nil || photo.Overlap(x, f.Box) > 0.3*min(x.Area(), f.Box.Area()); !same && p.doubtful(g) {
				continue
			}
			if z > most && z > z0+clearly {
				best, most = s.turn, z
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
// little like a face.
func (p *Pipeline) better(found, turned []sight) []sight {
	all := slices.Concat(found, turned)
	z := func(f *sight) float64 { z, _ := p.upright(&f.Face); return z }
	slices.SortStableFunc(all, func(a, b sight) int { return cmp.Compare(z(&b), z(&a)) })
	var kept []sight
	for _, f := range all {
		taken := slices.ContainsFunc(kept, func(k sight) bool {
			return photo.Overlap(k.Box, f.Box) > 0.3*min(k.Box.Area(), f.Box.Area())
		})
		if !taken && (len(kept) == 0 || !p.doubtful(&f.Face)) {
			kept = append(kept, f)
		}
	}
	return kept
}
