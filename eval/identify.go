package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// Trial is the outcome of one probe searched in a gallery.
type Trial struct {
	Person   int     // who the probe shows, any number; used for resampling only
	Enrolled bool    // that person is in the gallery: a mated search
	Mate     float64 // score of that person; ignored unless Enrolled
	Rank     int     // 1 + the number of others who score at least Mate; ignored unless Enrolled
	Other    float64 // highest score of anybody else, −Inf if there is nobody else
}

// NewTrial makes a Trial from the scores of everybody in the gallery. mate is the index of the probe's own person in
// scores, or negative if that person is not enrolled. Somebody else with the very score of the mate stands before the
// mate: ties count against the system. It returns ErrScore for NaN or +Inf and ErrOption for a mate past the end.
func NewTrial(person int, scores []float64, mate int) (Trial, error) {
	if mate >= len(scores) {
		return Trial{}, fmt.Errorf("%w: mate %d of %d", ErrOption, mate, len(scores))
	}
	t := Trial{Person: person, Enrolled: mate >= 0, Other: math.Inf(-1)}
	if t.Enrolled {
		t.Mate, t.Rank = scores[mate], 1
	}
	for i, s := range scores {
		if !validScore(s) {
			return Trial{}, fmt.Errorf("%w: score %d is %v", ErrScore, i, s)
		}
		if i == mate {
			continue
		}
		t.Other = max(t.Other, s)
		if t.Enrolled && s >= t.Mate {
			t.Rank++
		}
	}
	return t, nil
}

// CMC returns the cumulative match characteristic of the mated searches: element r−1 is the share of them with their
// mate among the first r. Element 0 is the rank-1 rate. It has maxRank elements (Grother and Ngan, NISTIR 8009).
// It returns ErrEmpty without a mated search and ErrOption for maxRank < 1 or a rank < 1.
func CMC(trials []Trial, maxRank int) ([]float64, error) {
	if maxRank < 1 {
		return nil, fmt.Errorf("%w: rank %d", ErrOption, maxRank)
	}
	c, n := make([]float64, maxRank), 0
	for i, t := range trials {
		if !t.Enrolled {
			continue
		}
		if t.Rank < 1 {
			return nil, fmt.Errorf("%w: trial %d has rank %d", ErrOption, i, t.Rank)
		}
		n++
		if t.Rank <= maxRank {
			c[t.Rank-1]++
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: no mated search", ErrEmpty)
	}
	var sum float64
	for r := range c {
		sum += c[r]
		c[r] = sum / float64(n)
	}
	return c, nil
}

// OpenCurve is an exact identification characteristic for open sets, in which some probes show nobody enrolled.
// At Threshold[i], FNIR[i] is the share of mated searches whose mate is not at rank 1 with score ≥ Threshold[i], and
// FPIR[i] the share of other searches with anybody at score ≥ Threshold[i] (ISO/IEC 19795-1, NIST FRTE 1:N with
// R = 1). Thresholds strictly decrease from +Inf, where FNIR = 1 and FPIR = 0; FNIR never rises, FPIR never falls.
type OpenCurve struct {
	Threshold  []float64
	FNIR, FPIR []float64
	Mated      int // searches for somebody enrolled
	Unmated    int // searches for somebody unknown
}

// OpenSet returns the curve of the trials. Both rates hold for this gallery's size only: FPIR grows with it. It returns
// ErrEmpty without a mated or without an unmated search, and ErrScore for NaN or +Inf.
func OpenSet(trials []Trial) (OpenCurve, error) {
	hits, others, mated, err := openScores(trials)
	if err != nil {
		return OpenCurve{}, err
	}
	// A hit is a genuine accept and an unknown's best score an impostor: the same sweep as ROC, but misses stay misses.
	c := merge(descending(hits), descending(others))
	o := OpenCurve{Threshold: c.Threshold, FNIR: c.TAR, FPIR: c.FAR, Mated: mated, Unmated: len(others)}
	for i, t := range o.FNIR {
		found := 0.0
		if len(hits) > 0 {
			found = math.Round(t * float64(len(hits)))
		}
		o.FNIR[i] = (float64(mated) - found) / float64(mated)
	}
	return o, nil
}

// openScores splits trials into the mates' scores of rank-1 mated searches and the best scores of unmated ones.
func openScores(trials []Trial) (hits, others []float64, mated int, err error) {
	for i, t := range trials {
		if !validScore(t.Other) || t.Enrolled && !validScore(t.Mate) {
			return nil, nil, 0, fmt.Errorf("%w: trial %d", ErrScore, i)
		}
		switch {
		case !t.Enrolled:
			others = append(others, t.Other)
		case t.Rank == 1:
			hits = append(hits, t.Mate)
			fallthrough
		default:
			mated++
		}
	}
	if mated == 0 || len(others) == 0 {
		return nil, nil, 0, fmt.Errorf("%w: %d mated, %d unmated searches", ErrEmpty, mated, len(others))
	}
	return hits, others, mated, nil
}

// FNIRAtFPIR returns the least FNIR whose FPIR is at most fpir, and the highest threshold that gives it; no
// interpolation. With N unmated searches, fpir below 1/N means that no unknown is named.
func (c OpenCurve) FNIRAtFPIR(fpir float64) (fnir, threshold float64) {
	n := sort.Search(len(c.FPIR), func(i int) bool { return !(c.FPIR[i] <= fpir) })
	if n == 0 {
		return 1, math.Inf(1)
	}
	fnir = c.FNIR[n-1]
	first := sort.Search(n, func(i int) bool { return c.FNIR[i] <= fnir })
	return fnir, c.Threshold[first]
}

// Identification are the 1:N figures with their replicates.
type Identification struct {
	Rank1 Estimate
	FNIR  []Estimate // FNIR at each asked FPIR, in that order
}

// BootstrapIdentify resamples people, with all their searches: mated people among mated, unknown ones among unknown.
// The gallery stays as it is. Without unmated searches, fpirs must be empty. Errors: ErrEmpty, ErrScore, ErrOption.
func BootstrapIdentify(trials []Trial, fpirs []float64, o *BootstrapOptions) (Identification, error) {
	n, err := o.samples()
	if err != nil {
		return Identification{}, err
	}
	for _, f := range fpirs {
		if !(f >= 0 && f <= 1) {
			return Identification{}, fmt.Errorf("%w: FPIR %v", ErrOption, f)
		}
	}
	if _, err := CMC(trials, 1); err != nil {
		return Identification{}, err
	}
	mated := slices.ContainsFunc(trials, func(t Trial) bool { return t.Enrolled })
	if _, _, _, err := openScores(trials); err != nil && (len(fpirs) > 0 || !mated) {
		return Identification{}, err
	}
	groups := [2]map[int][]int{{}, {}} // trials by person, unmated and mated
	var people [2][]int
	for i, t := range trials {
		k := btoi(t.Enrolled)
		if _, ok := groups[k][t.Person]; !ok {
			people[k] = append(people[k], t.Person)
		}
		groups[k][t.Person] = append(groups[k][t.Person], i)
	}
	r := newRanked(len(trials), func(i int) (float64, bool) {
		t := trials[i]
		switch {
		case !t.Enrolled:
			return t.Other, false
		case t.Rank == 1:
			return t.Mate, true
		}
		return math.Inf(-1), true
	})
	figures := func(w []int64, fnir []float64) (rank1 float64) {
		var mated, first, unmated, hits, named int64
		for i, t := range trials {
			switch {
			case !t.Enrolled:
				unmated += w[i]
			case t.Rank == 1:
				first += w[i]
				fallthrough
			default:
				mated += w[i]
			}
		}
		for j := range fnir {
			fnir[j] = 1
		}
		for k, i := range r.order {
			switch t := trials[i]; {
			case !t.Enrolled:
				named += w[i]
			case t.Rank == 1:
				hits += w[i]
			}
			if !r.last[k] {
				continue
			}
			for j, f := range fpirs {
				if float64(named)/float64(unmated) <= f {
					fnir[j] = float64(mated-hits) / float64(mated)
				}
			}
		}
		return float64(first) / float64(mated)
	}
	w, fnir := make([]int64, len(trials)), make([]float64, len(fpirs))
	for i := range w {
		w[i] = 1
	}
	id := Identification{FNIR: make([]Estimate, len(fpirs))}
	id.Rank1 = Estimate{figures(w, fnir), make([]float64, n)}
	for j := range fnir {
		id.FNIR[j] = Estimate{fnir[j], make([]float64, n)}
	}
	replicate(n, o.seed(), func() func(*rand.Rand, int) {
		w, fnir := make([]int64, len(trials)), make([]float64, len(fpirs))
		times := [2][]int64{make([]int64, len(people[0])), make([]int64, len(people[1]))}
		return func(rng *rand.Rand, k int) {
			for m := range people {
				draw(rng, times[m])
				for p, person := range people[m] {
					for _, i := range groups[m][person] {
						w[i] = times[m][p]
					}
				}
			}
			id.Rank1.Replicates[k] = figures(w, fnir)
			for j := range fnir {
				id.FNIR[j].Replicates[k] = fnir[j]
			}
		}
	})
	return id, nil
}
