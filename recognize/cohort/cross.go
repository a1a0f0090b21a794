package cohort

import (
	"faceid/gallery/snorm"
	"faceid/recognize/calibrate"
)

const (
	folds   = 5   // parts of the gallery's people that are left out in turn
	mostOwn = 300 // of them join; more would say the same
)

// Cross are the normalisations of a gallery: one with all of its people, and those without some of them, by which they
// score as people do who are not enrolled. Those who joined look unlike everybody to a normalisation: thresholds found
// with it would let other people like them pass two to four times as often as they say.
type Cross struct {
	All *snorm.Norm

	faces   [][]float32
	without [folds][folds]*snorm.Norm // two parts; twice the same: one
}

// NewCross has a photo of each of a gallery's people join the strangers; nil is nobody.
func NewCross(n *snorm.Norm, faces [][]float32) (*Cross, error) {
	c := &Cross{faces: faces}
	join := func(a, b int) (*snorm.Norm, error) {
		var own [][]float32
		taken := 0
		for i, f := range faces {
			if f == nil || taken == mostOwn {
				continue
			}
			if taken++; i%folds != a && i%folds != b {
				own = append(own, f)
			}
		}
		return n.With(own)
	}
	var err error
	if c.All, err = join(-1, -1); err != nil {
		return nil, err
	}
	for a := range folds {
		for b := range a + 1 {
			if c.without[a][b], err = join(a, b); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// Without is the normalisation that person i and some others have not joined.
func (c *Cross) Without(i int) *snorm.Norm { return c.without[i%folds][i%folds] }

// Rescore sets the scores of pairs, by a photo of each, to what strangers like them score. who are the numbers of the
// people among faces.
func (c *Cross) Rescore(pairs []calibrate.Pair, who []int) []calibrate.Pair {
	var sides [folds][folds][]snorm.Sides
	for a := range folds {
		for b := range a + 1 {
			sides[a][b] = make([]snorm.Sides, len(who))
			for k, i := range who {
				if i%folds == a || i%folds == b {
					sides[a][b][k] = c.without[a][b].Sides(c.faces[i])
				}
			}
		}
	}
	out := make([]calibrate.Pair, len(pairs))
	for k, p := range pairs {
		i, j := who[p.A], who[p.B]
		a, b := max(i%folds, j%folds), min(i%folds, j%folds)
		s := sides[a][b]
		p.Score = float32(c.without[a][b].Score(dot(c.faces[i], c.faces[j]), s[p.A], s[p.B]))
		out[k] = p
	}
	return out
}
