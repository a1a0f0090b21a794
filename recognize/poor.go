package recognize

import (
	"cmp"
	"fmt"

	"faceid/embed"
)

// PoorError is the refusal of a face that is too poor to tell whose it is.
type PoorError struct {
	Why     string // in a word: "blurred", "small", …
	Quality embed.Quality
}

func (e *PoorError) Error() string {
	if e.Why == "turned" {
		return "the face is turned too far away to tell"
	}
	if e.Why == "covered" { // what is left when nothing that can be measured is out of order
		return "the face is covered, or turned too far away, to tell"
	}
	return fmt.Sprintf("the face is too %s to tell", e.Why)
}

// TooPoor returns the *PoorError of a face that is too poor to tell whose it is, and nil for the others.
func TooPoor(f embed.Face) error { return poor(f) }

// poor is the *PoorError of a face that is too poor to tell: faces without detail look alike to the model, and reach
// any threshold with each other. It is nil for the others.
func poor(f embed.Face) error {
	if f.Quality.Usable >= embed.LeastUsable {
		return nil
	}
	return &PoorError{cmp.Or(f.Quality.Reason, "poor"), f.Quality}
}
