package calibrate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"faceid/eval"
)

// Searches a rate needs, as ISO/IEC 19795-1 and NIST have it: below 3/p nothing can be said of a rate p ("rule of
// three"), below 30/p not much ("rule of thirty").
const (
	ruleOfThree  = 3
	ruleOfThirty = 30
)

// Strangers is a threshold from searches for people who are certainly not enrolled.
type Strangers struct {
	Threshold   float64
	Hits, N     int     // strangers who reach it, and all
	FPIR        float64 // Hits/N
	Low, High   float64 // 95 % interval by Clopper and Pearson
	Rough       bool    // fewer than 30/fpir: mostly luck
	NeedForMore int     // strangers that lift Rough
}

// FewStrangers is the error of too few, with how many it takes. It is ErrFew.
type FewStrangers struct{ Have, Need int }

func (e *FewStrangers) Error() string {
	return fmt.Sprintf("%d strangers: %d are needed", e.Have, e.Need)
}

// Unwrap makes errors.Is(err, ErrFew) hold.
func (e *FewStrangers) Unwrap() error { return ErrFew }

// MinStrangers is the least number of strangers that can say anything of an FPIR.
func MinStrangers(fpir float64) int { return needed(ruleOfThree, fpir) }

// needed is a little less than the quotient, so that 3/0.01 is 300 and not 301.
func needed(rule, fpir float64) int { return int(math.Ceil(rule/fpir - 1e-9)) }

// FromStrangers returns the threshold from which on a share fpir, in (0, 1), of strangers is taken for somebody, given
// the best score of each stranger's search (one search per stranger: photos of one are not independent). It returns
// FewStrangers below 3/fpir, and ErrScore.
func FromStrangers(best []float64, fpir float64) (Strangers, error) {
	if !(fpir > 0 && fpir < 1) {
		return Strangers{}, fmt.Errorf("%w: FPIR %v", ErrScore, fpir)
	}
	if need := MinStrangers(fpir); len(best) < need {
		return Strangers{}, &FewStrangers{len(best), need}
	}
	b := slices.Clone(best)
	for _, s := range b {
		if !(math.Abs(s) <= 1+1e-3) {
			return Strangers{}, fmt.Errorf("%w: %v", ErrScore, s)
		}
	}
	slices.Sort(b)
	n := len(b)
	k := int(fpir * float64(n) * (1 + 1e-9)) // strangers that may pass
	// Between the last who may pass and the first who may not; where they are equal, neither passes.
	t := math.Nextafter(b[n-1-k], math.Inf(1))
	if k > 0 && b[n-k] > b[n-1-k] {
		t = (b[n-k] + b[n-1-k]) / 2
	}
	return AtThreshold(b, t, fpir), nil
}

// LookEnrolled returns the score from which on strangers look like somebody enrolled, +Inf where none does: the lowest
// of best, the best score of each one's search among so many people, at which chance would bring no more than doubt of
// those who reach it (Benjamini and Hochberg 1995, as Sample.LeaveOut). Chance is the upper end of FPIR's interval, so
// that a stranger who merely resembles somebody is hardly ever taken for enrolled: that would hide a false accept.
func (o *OpenSet) LookEnrolled(best []float64, people int) float64 {
	b := slices.Clone(best)
	slices.SortFunc(b, func(x, y float64) int { return cmp.Compare(y, x) })
	cut := math.Inf(1)
	for i, t := range b {
		if o.expected(t, people) > doubt { // from here on down no share of all suffices
			break
		}
		k := float64(i + 1)
		if _, _, high := o.FPIR(t, people); float64(len(b))*high <= doubt*k {
			cut = t
		}
	}
	return cut
}

// AtThreshold counts the strangers who reach a threshold; fpir, the rate in question, says how many it takes to know.
func AtThreshold(best []float64, t, fpir float64) Strangers {
	s := Strangers{Threshold: t, N: len(best)}
	for _, v := range best {
		if v >= t {
			s.Hits++
		}
	}
	s.FPIR = float64(s.Hits) / float64(s.N)
	s.Low, s.High = eval.ClopperPearson(float64(s.Hits), float64(s.N), 0.95)
	s.NeedForMore = needed(ruleOfThirty, fpir)
	s.Rough = s.N < s.NeedForMore
	return s
}
