package recognize

import (
	"errors"
	"fmt"
	"strings"

	"faceid/embed"
	"faceid/gallery"
)

// Errors say what is wrong and hold the facts; the next step is for the door to say, which knows its own flags and
// routes.
var (
	// ErrNoGallery is returned by what needs a gallery when Options name none.
	ErrNoGallery = errors.New("no gallery is named")
	// ErrNoneYet is returned by what searches when the gallery is not there yet.
	ErrNoneYet = errors.New("no gallery yet")
	// ErrNobody is returned by what searches when nobody is enrolled.
	ErrNobody = errors.New("nobody is enrolled")
	// ErrNoFace is the refusal of a photo that should have a face.
	ErrNoFace = errors.New("no face found")
	// ErrUnsaid is returned for an import that does not say which model made its vectors.
	ErrUnsaid = errors.New("it does not say which model made its vectors")
	// ErrPlain is returned when Options.Plain contradicts the gallery's views.
	ErrPlain = errors.New("photos are compared in the way they were enrolled")
	// ErrExample is the refusal to name, extend or merge an entry that Reject made.
	ErrExample = errors.New("is an example of whom somebody is not, and not a person")
	// ErrUncalibrated is the refusal of an FPIR by a gallery that could be calibrated.
	ErrUncalibrated = errors.New("a share of strangers (FPIR) needs a calibrated gallery: this one's calibration is " +
		"missing, or of another model")
	// ErrNothing is returned where there is nothing to train on.
	ErrNothing = errors.New("nothing to train on")
)

// PhotoError is what is wrong with one photo among several.
type PhotoError struct {
	Path string
	Err  error
}

func (e *PhotoError) Error() string {
	if e.Path == "" {
		return e.Err.Error()
	}
	return e.Path + ": " + strings.TrimPrefix(e.Err.Error(), e.Path+": ")
}

func (e *PhotoError) Unwrap() error { return e.Err }

// BadPhotos are the photos that err is about; none if it is about anything else as well.
func BadPhotos(err error) []*PhotoError {
	all := []error{err}
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		all = list.Unwrap()
	}
	var bad []*PhotoError
	for _, e := range all {
		var p *PhotoError
		if !errors.As(e, &p) {
			return nil
		}
		bad = append(bad, p)
	}
	return bad
}

// SeveralError is the refusal of a photo that should hold one face.
type SeveralError struct {
	Faces []embed.Face
}

func (e *SeveralError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d faces in a photo that should have one", len(e.Faces))
	for i, f := range e.Faces {
		fmt.Fprintf(&s, "\n    %d. %.0f × %.0f pixels at (%.0f, %.0f), score %.2f", i+1,
			f.Box.X1-f.Box.X0, f.Box.Y1-f.Box.Y0, f.Box.X0, f.Box.Y0, f.Quality.Score)
		if i == 9 && len(e.Faces) > 11 {
			fmt.Fprintf(&s, "\n    and %d more", len(e.Faces)-10)
			break
		}
	}
	return s.String()
}

// SeveralPeopleError is returned for a name that several people have.
type SeveralPeopleError struct {
	Name   string
	People []gallery.Person
}

func (e *SeveralPeopleError) Error() string {
	return fmt.Sprintf("%d people are named %q", len(e.People), e.Name)
}

// ModelError is the refusal to compare embeddings of two models: the scores would look like any others and mean
// nothing. It is a gallery.ErrModel.
type ModelError struct {
	Gallery string
	Have    gallery.Model // of the gallery
	Is      gallery.Model // of the pipeline; zero: the gallery's is not among the models here
}

func (e *ModelError) Error() string {
	if e.Is == (gallery.Model{}) {
		return fmt.Sprintf("%v: %s was enrolled with %s (%.12s…), which is not among the models",
			gallery.ErrModel, e.Gallery, e.Have.Name, e.Have.SHA256)
	}
	return fmt.Sprintf("%v: %s was enrolled with %s (%s views), this is %s (%s views)",
		gallery.ErrModel, e.Gallery, e.Have.Name, e.Have.Views, e.Is.Name, e.Is.Views)
}

func (e *ModelError) Unwrap() error { return gallery.ErrModel }

// RoleError is returned for a model that is named where one of another role is needed.
type RoleError struct {
	Model      string
	Role, Want string
}

func (e *RoleError) Error() string {
	return fmt.Sprintf("model %s is not of role %s, its role is %s", e.Model, e.Want, e.Role)
}

// UnreachedError is returned for a false accept rate that no threshold is known for.
type UnreachedError struct {
	Model string
	FAR   float64   // asked for
	Known []float64 // measured for the model; may be empty
}

func (e *UnreachedError) Error() string {
	if len(e.Known) == 0 {
		return "no threshold is known for the model " + e.Model
	}
	return fmt.Sprintf("no threshold was measured for a false accept rate of %g", e.FAR)
}

// NameHeldError is the refusal of a name that somebody else has: two people of one name cannot be told apart by it.
type NameHeldError struct {
	Person, Other gallery.Person // who was to have the name, and who has it
}

func (e *NameHeldError) Error() string {
	return fmt.Sprintf("#%d is named %s already", e.Other.ID, e.Other.Name)
}
