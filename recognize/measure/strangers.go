package measure

import (
	"errors"
	"fmt"
	"strings"

	"faceid/recognize"
	"faceid/recognize/census"
)

// StrangersLeft counts the photos, given as strangers', that can be read and say nothing.
type StrangersLeft struct{ noFace, poor, met, enrolled int }

// Add tells whether it has counted the photo: one that cannot be read it has not.
func (s *StrangersLeft) Add(p *recognize.PhotoError) bool {
	var poor *recognize.PoorError
	switch {
	case errors.Is(p, recognize.ErrNoFace):
		s.noFace++
	case errors.As(p, &poor):
		s.poor++
	case errors.Is(p, census.ErrMet):
		s.met++
	case errors.Is(p, census.ErrEnrolled):
		s.enrolled++
	default:
		return false
	}
	return true
}

// String says how many and why, in a line; "" where there is none.
func (s *StrangersLeft) String() string {
	var out []string
	for _, x := range []struct {
		n   int
		why string
	}{{s.noFace, "without a face"}, {s.poor, "too poor to tell"}, {s.met, "the same as another, or nearly so"},
		{s.enrolled, "like somebody enrolled"}} {
		if x.n > 0 {
			out = append(out, fmt.Sprint(x.n, " ", x.why))
		}
	}
	return strings.Join(out, "; ")
}
