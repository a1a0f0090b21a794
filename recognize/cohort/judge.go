package cohort

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"faceid/gallery/snorm"
)

// MinPeople is the least number of strangers: of fewer, whether a cohort helps is luck.
const MinPeople = 300

// Figures are what one kind of score does to groups of people that it was not made from.
type Figures struct {
	// how unlike the groups' false accept rates are at one threshold: the deviation of their decimal logarithms
	Spread float64 `json:"spread"`
	// false accept rate of the group that has most, at the threshold where the groups' mean is one in a thousand
	Worst float64 `json:"worst"`
	Own   float64 `json:"own"` // the same of the gallery's own people
	// share of pairs of one person that pass, at the threshold where no group has more than one in a thousand
	TAR float64 `json:"tar"`
	// the same at the threshold where the gallery's own people have one in a thousand
	OwnTAR float64 `json:"own_tar"`
}

// Verdict says whether a cohort may be used, and why.
type Verdict struct {
	Used   bool    `json:"used"`
	Why    string  `json:"why"`    // in words
	Groups int     `json:"groups"` // compared, in halves of the cohort that the other half's normalisation was put to
	Cosine Figures `json:"cosine"`
	Scores Figures `json:"normalised"`
	// 95 % intervals, people resampled, of what normalising adds to each figure
	Spread [2]float64 `json:"spread_change"`
	TAR    [2]float64 `json:"tar_change"`
	OwnTAR [2]float64 `json:"own_tar_change"`
}

// Judge puts a cohort to the test. strangers and own are people by the unit embeddings of their photos, own those of
// the gallery; each is cut into halves, and each half's normalisation is tried on the other half.
func Judge(strangers, own [][][]float32) (Verdict, error) {
	strangers, own = shuffled(strangers), shuffled(own)
	var folds []*fold
	for k := range 2 {
		f, err := newFold(half(strangers, k), half(strangers, 1-k), half(own, k), half(own, 1-k))
		if err != nil {
			return Verdict{}, err
		}
		folds = append(folds, f)
	}
	var v Verdict
	for _, f := range folds {
		v.Groups += len(f.groups)
	}
	one := func(rng *rand.Rand) (cosine, scores Figures) {
		for _, f := range folds {
			w := f.weights(rng)
			a, b := f.figures(0, w), f.figures(1, w)
			cosine, scores = sum(cosine, a, 0.5), sum(scores, b, 0.5)
		}
		return cosine, scores
	}
	v.Cosine, v.Scores = one(nil)
	const draws = 200
	var spread, tar, ownTAR [draws]float64
	for i := range draws {
		a, b := one(rand.New(rand.NewPCG(uint64(i), 3)))
		spread[i], tar[i], ownTAR[i] = b.Spread-a.Spread, b.TAR-a.TAR, b.OwnTAR-a.OwnTAR
	}
	v.Spread, v.TAR, v.OwnTAR = interval(spread[:]), interval(tar[:]), interval(ownTAR[:])
	v.decide()
	return v, nil
}

// Bounds of decide.
const (
	unlike   = 0.25  // a spread below it: groups within a factor of two or so
	gained   = 0.2   // the share of the spread that must go
	lostTAR  = 0.002 // so many true matches more may be lost
	lostMost = 0.01  // and so many at worst
)

func (v *Verdict) decide() {
	switch {
	case math.IsNaN(v.Cosine.TAR):
		v.Why = "nobody in it or enrolled has two photos, so that what true matches lose is not known"
	case !(v.Cosine.Spread >= unlike):
		v.Why = "its people are too much alike: there is nothing to gain"
	case !(v.Spread[1] < 0 && v.Scores.Spread <= (1-gained)*v.Cosine.Spread):
		v.Why = "the groups' false accept rates do not come nearer to each other"
	case !(v.Scores.TAR >= v.Cosine.TAR-lostTAR && v.TAR[0] >= -lostMost):
		v.Why = "where no group has more than its share of false accepts, true matches are lost"
	case !(v.Scores.OwnTAR >= v.Cosine.OwnTAR-lostTAR && v.OwnTAR[0] >= -lostMost):
		v.Why = "at the threshold that those enrolled need, true matches are lost"
	default:
		v.Used = true
		v.Why = "the groups' false accept rates come nearer to each other, and no true matches are lost"
	}
}

// Figures are those that Why speaks of, in words.
func (v Verdict) Figures() string {
	return fmt.Sprintf("on %d groups kept out of it, false accept rates of the groups differ by a factor of %.1f by "+
		"cosine, %.1f normalised; TAR %.1f and %.1f %% where no group has more than 1 in 1,000, %.1f and %.1f %% "+
		"where those enrolled have that", v.Groups, math.Pow(10, v.Cosine.Spread), math.Pow(10, v.Scores.Spread),
		100*v.Cosine.TAR, 100*v.Scores.TAR, 100*v.Cosine.OwnTAR, 100*v.Scores.OwnTAR)
}

func interval(v []float64) [2]float64 {
	slices.Sort(v)
	return [2]float64{v[len(v)*25/1000], v[len(v)-1-len(v)*25/1000]}
}

func sum(a, b Figures, w float64) Figures {
	return Figures{a.Spread + w*b.Spread, a.Worst + w*b.Worst, a.Own + w*b.Own, a.TAR + w*b.TAR,
		a.OwnTAR + w*b.OwnTAR}
}

func shuffled(p [][][]float32) [][][]float32 {
	p = slices.Clone(p)
	rand.New(rand.NewPCG(6, uint64(len(p)))).Shuffle(len(p), func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}

func half(p [][][]float32, k int) (out [][][]float32) {
	for i, x := range p {
		if i%2 == k {
			out = append(out, x)
		}
	}
	return out
}

// firsts are a photo of each.
func firsts(p [][][]float32) [][]float32 {
	out := make([][]float32, len(p))
	for i, x := range p {
		out[i] = x[0]
	}
	return out
}

// Make is the normalisation by strangers and the gallery's own people, a photo of each.
func Make(strangers, own [][]float32) (*snorm.Norm, error) {
	n, err := snorm.New(strangers)
	if err != nil {
		return nil, err
	}
	return n.With(own)
}
