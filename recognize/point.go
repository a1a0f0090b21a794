package recognize

import (
	"fmt"
	"math"
	"strings"

	"faceid/gallery/snorm"
	"faceid/internal/words"
	"faceid/models"
	"faceid/recognize/census"
)

// Defaults of a false accept rate, that of a pair. Strict for a single pair as well: on people unlike those that a
// threshold was measured on, the rate may be ten times as high.
const (
	DefaultVerifyFAR   = 1e-4
	DefaultIdentifyFAR = 1e-4
)

// Target says which operating point is wanted: by its threshold, else by the share of strangers that may be taken for
// somebody, else by its false accept rate.
type Target struct {
	FAR       float64  // share of pairs of different people that may pass, in (0, 1); 0: the default of the question
	FPIR      float64  // of Identify: share of strangers who may be taken for somebody enrolled, in (0, 1); 0: by FAR
	Threshold *float64 // cosine similarity in [-1, 1] from which two faces count as one person; nil: by FPIR or FAR
}

// Point is an operating point.
type Point struct {
	Threshold float64 // cosine similarity
	FAR       float64 // share of pairs of different people that reach it; NaN: not known
	On        string  // the photos that FAR was measured on; empty where it was calibrated
	Given     bool    // Threshold was asked for as it is: it holds for faces of any quality, without embed.Caution
	People    int     // enrolled people whose scores say FAR, see Recognizer.Calibrate; 0: it was measured On others
	Low, High float64 // where People > 0: the interval that holds the true rate with probability 0.95

	norm *snorm.Norm // where Threshold is for scores that it normalises; nil: for cosines
}

// Normalised says that Threshold is for scores normalised by a cohort of strangers.
func (p Point) Normalised() bool { return p.norm != nil }

// Words say what the operating point costs: "1 in 10,000 pairs of different people passes on LFW".
func (p Point) Words() string {
	if math.IsNaN(p.FAR) {
		return "false accept rate not measured"
	}
	if p.People > 0 {
		return words.OneIn(p.FAR) + " pairs of different people like those enrolled passes"
	}
	on, _, _ := strings.Cut(p.On, ",")
	return words.OneIn(p.FAR) + " pairs of different people passes on " + on
}

// PointOf picks the operating point among those measured for the model: the loosest whose rate is not above the one
// wanted. A threshold freely chosen gets the rate of the strictest measured point that is not above it. It returns an
// *UnreachedError where nothing that strict was measured.
func PointOf(e models.Entry, t Target) (Point, error) {
	if t.Threshold != nil {
		p := Point{Threshold: *t.Threshold, Given: true, FAR: math.NaN()}
		if !(p.Threshold >= -1 && p.Threshold <= 1) {
			return p, fmt.Errorf("threshold %v: a cosine similarity is in [-1, 1]", p.Threshold)
		}
		for _, m := range e.Thresholds {
			if m.Score <= p.Threshold && !(m.FAR >= p.FAR) {
				p.FAR, p.On = m.FAR, m.On
			}
		}
		return p, nil
	}
	if !(t.FAR > 0 && t.FAR < 1) {
		return Point{}, fmt.Errorf("false accept rate %g: a rate is in (0, 1)", t.FAR)
	}
	best := Point{FAR: -1}
	var known []float64
	for _, m := range e.Thresholds {
		known = append(known, m.FAR)
		if m.FAR <= t.FAR*(1+1e-9) && m.FAR > best.FAR {
			best = Point{Threshold: m.Score, FAR: m.FAR, On: m.On}
		}
	}
	if best.FAR < 0 {
		return Point{}, &UnreachedError{Model: e.Name, FAR: t.FAR, Known: known}
	}
	return best, nil
}

// or is the target with the question's default rate.
func (t Target) or(far float64) Target {
	if t.FAR == 0 {
		t.FAR = far
	}
	return t
}

// FalsePositive is census.FalsePositive, for doors.
func FalsePositive(far float64, n int) float64 { return census.FalsePositive(far, n) }
