package gallery

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrCalibration is returned for a calibration that cannot be one.
var ErrCalibration = errors.New("gallery: bad calibration")

// Calibration is what the scores between the people of a gallery say of thresholds.
type Calibration struct {
	Made      time.Time `json:"made"`
	Model     Model     `json:"model"`     // whose scores these are
	Method    string    `json:"method"`    // how the thresholds were found, for people
	Enrolled  int       `json:"enrolled"`  // people with a template when it was made
	Templates int       `json:"templates"` // that they had
	People    int       `json:"people"`    // people compared, a random sample where they are many
	Pairs     int       `json:"pairs"`     // pairs of them

	Twice []LookTwice `json:"twice,omitempty"` // pairs left out, since they look like one person enrolled twice

	FAR  []CalibratedRate `json:"far"`            // of a pair of different people, by falling rate
	FPIR []CalibratedRate `json:"fpir,omitempty"` // of a stranger among Enrolled people, by falling rate
	// searches that FPIR was found by: people taken out in turn, or strangers
	Searches  int  `json:"searches,omitempty"`
	Strangers bool `json:"strangers,omitempty"` // these were people who are certainly not enrolled
	// strangers left out, since they look like somebody enrolled, best first
	LookEnrolled []LookEnrolled `json:"look_enrolled,omitempty"`
	// searches that FNIR was found by: people with several photos
	Mated int `json:"mated,omitempty"`

	Cohort *CalibratedCohort `json:"cohort,omitempty"` // by which scores are normalised; nil: there is none
}

// CalibratedCohort are the thresholds for scores normalised by a cohort of strangers, and what that needs.
type CalibratedCohort struct {
	People int `json:"people"` // strangers whose photos it was made of
	Own    int `json:"own"`    // of the gallery's people who joined them
	Verdict
	FAR  []CalibratedRate `json:"far"`            // as Calibration.FAR; a threshold is for normalised scores
	FPIR []CalibratedRate `json:"fpir,omitempty"` // as Calibration.FPIR
	// mean and covariance of the strangers' embeddings, see package snorm; left out where a calibration is shown
	Moments []byte `json:"moments,omitempty"`
}

// Verdict is what a cohort's photos, which are not kept, said when it was judged by them. A calibration made anew
// without them has the same people's new thresholds, and the old verdict.
type Verdict struct {
	Says     string    `json:"says"`                // why it is used, with figures
	Judged   time.Time `json:"judged,omitzero"`     // Calibration.Made of then; zero: an older program did not say
	JudgedOn int       `json:"judged_on,omitempty"` // Calibration.Enrolled of then
}

// Normalised is c with the thresholds for normalised scores in place of those for cosines; c itself where it has no
// cohort.
func (c *Calibration) Normalised() *Calibration {
	if c.Cohort == nil {
		return c
	}
	n := *c
	n.FAR, n.FPIR = c.Cohort.FAR, c.Cohort.FPIR
	return &n
}

// Shown is c without what only a program needs.
func (c *Calibration) Shown() *Calibration {
	if c == nil || c.Cohort == nil {
		return c
	}
	shown, cohort := *c, *c.Cohort
	cohort.Moments = nil
	shown.Cohort = &cohort
	return &shown
}

// CalibratedRate is a threshold and the rate of errors that it gives.
type CalibratedRate struct {
	Rate      float64 `json:"rate"` // expected
	Low       float64 `json:"low"`  // with High the interval that holds the true one with probability 0.95
	High      float64 `json:"high"`
	Threshold float64 `json:"threshold"` // cosine similarity; above 1 where nothing passes
	// share of searches for somebody enrolled that do not find them at this threshold; nil: not known
	FNIR *float64 `json:"fnir,omitempty"`
}

// LookTwice are two people who look like one.
type LookTwice struct {
	A     int64   `json:"a"` // person ids
	B     int64   `json:"b"`
	Score float64 `json:"score"`
}

// LookEnrolled is a photo, given as a stranger's, that looks like somebody enrolled.
type LookEnrolled struct {
	Photo    string  `json:"photo"` // its path
	PersonID int64   `json:"person_id"`
	Score    float64 `json:"score"`
}

// Calibrator is an Engine that keeps a calibration with the gallery.
type Calibrator interface {
	// Calibration returns what SetCalibration stored last; nil if there is none. What it points to is shared, and not
	// to be changed.
	Calibration(ctx context.Context) (*Calibration, error)

	// SetCalibration stores c in place of what was there, whole or not at all; nil removes it. It returns
	// ErrCalibration, or ErrModel where c is of another model than the gallery.
	SetCalibration(ctx context.Context, c *Calibration) error
}

// Check returns ErrCalibration unless rates fall, thresholds do not, and every number is one.
func (c *Calibration) Check() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("%w: %s", ErrCalibration, fmt.Sprintf(format, a...))
	}
	if c.People < 0 || c.Pairs < 0 || c.Enrolled < 0 || c.Templates < 0 || c.Searches < 0 || c.Mated < 0 {
		return bad("a negative number")
	}
	if len(c.FAR) == 0 {
		return bad("no threshold")
	}
	lists := map[string][]CalibratedRate{"FAR": c.FAR, "FPIR": c.FPIR}
	if n := c.Cohort; n != nil {
		if n.People < 0 || n.Own < 0 || len(n.FAR) == 0 || len(n.Moments) == 0 {
			return bad("a cohort without thresholds or moments")
		}
		lists["normalised FAR"], lists["normalised FPIR"] = n.FAR, n.FPIR
	}
	for name, list := range lists {
		for i, r := range list {
			if !(0 <= r.Low && r.Low <= r.Rate && r.Rate <= r.High && r.High <= 1) {
				return bad("%s %v in [%v, %v]", name, r.Rate, r.Low, r.High)
			}
			if !(math.Abs(r.Threshold) <= 2) {
				return bad("%s %v at threshold %v", name, r.Rate, r.Threshold)
			}
			if i > 0 && (r.Rate >= list[i-1].Rate || r.Threshold < list[i-1].Threshold) {
				return bad("%s %v at threshold %v after %v at %v", name, r.Rate, r.Threshold,
					list[i-1].Rate, list[i-1].Threshold)
			}
			if r.FNIR != nil && !(*r.FNIR >= 0 && *r.FNIR <= 1) {
				return bad("FNIR %v", *r.FNIR)
			}
		}
	}
	for _, t := range c.Twice {
		if !(math.Abs(t.Score) <= 1.01) {
			return bad("two who look like one with a score of %v", t.Score)
		}
	}
	for _, l := range c.LookEnrolled {
		if !(math.Abs(l.Score) <= 1.01) {
			return bad("a stranger who looks enrolled with a score of %v", l.Score)
		}
	}
	return nil
}
