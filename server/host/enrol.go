package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/census"
)

// Enrolled is what became of the photos of one person.
type Enrolled struct {
	Person   gallery.Person
	Created  bool // the person is new
	Faces    []EnrolledFace
	Rejected []Rejected
	Alike    []census.Lookalike // others whom the person looks like: one person twice, or one photo for two
}

// EnrolledFace is a face that the collection now has.
type EnrolledFace struct {
	Index     int // of the photo in the request
	Filename  string
	ID        int64       // of the template
	Face      *embed.Face // nil for a duplicate
	Duplicate bool        // the photo was enrolled for the person before
}

// Rejected is a photo that could not be used.
type Rejected struct {
	Index    int
	Filename string
	Fault    *Fault
}

// byNumber is what package recognize takes for a person's number.
var byNumber = regexp.MustCompile(`^#[+-]?[0-9]+$`)

// Whom is the person of an enrolment: by id, or for ID 0 by name.
type Whom struct {
	ID   int64
	Name string
}

func (w Whom) label() (string, error) {
	if w.ID != 0 {
		return fmt.Sprintf("#%d", w.ID), nil
	}
	name := strings.TrimSpace(w.Name)
	if err := gallery.CheckName(name); err != nil {
		return "", err
	}
	if byNumber.MatchString(name) {
		return "", &Fault{
			Status:  400,
			Code:    "bad_name",
			Message: "a number sign and digits mean a person by number",
			Hint:    "choose another name",
		}
	}
	return name, nil
}

// InputOf is a photo for package recognize; name stands in its errors.
func InputOf(u Upload, name string) embed.Input {
	in := embed.Input{Path: name, Data: u.Data}
	if in.Data == nil { // or a file would be looked for
		in.Data = []byte{}
	}
	return in
}

// EnrolPhotos adds photos of one person. Those that cannot be used are Rejected; if none can, it returns the only one's
// Fault, or one that has them all.
func (h *Host) EnrolPhotos(ctx context.Context, r *recognize.Recognizer, collection string, whom Whom,
	photos []Upload, o *recognize.EnrollOptions) (*Enrolled, error) {
	label, err := whom.label()
	if err != nil {
		return nil, err
	}
	in := make([]embed.Input, len(photos))
	for i, u := range photos {
		in[i] = InputOf(u, "") // a path would be kept with the template
		in[i].Label = label
	}
	out := &Enrolled{}
	defer func() { out.note(ctx, collection) }() // of what is stored, though the rest should fail
	at := -1                                     // index of the photo just looked at
	for step, err := range r.EnrollAll(ctx, slices.Values(in), o) {
		isPhoto := step.Done > at+1
		if isPhoto {
			at = step.Done - 1
			Report(ctx, "photos", step.Done, len(photos))
		}
		var photo *recognize.PhotoError
		switch {
		case errors.As(err, &photo):
			out.Rejected = append(out.Rejected, Rejected{at, photos[at].Filename, FaultOf(err)})
		case err != nil:
			return nil, err // of a *PersonError: all photos are one person's
		case isPhoto:
			out.Faces = append(
				out.Faces,
				EnrolledFace{Index: at, Filename: photos[at].Filename, Face: step.Face, Duplicate: step.Face == nil},
			)
		}
		out.Alike = append(out.Alike, step.Alike...)
		for _, s := range step.Stored {
			out.Person.ID, out.Person.Name = s.PersonID, s.Name
			out.Created = out.Created || s.Created
		}
	}
	if len(out.Faces) == 0 {
		return nil, allRejected(out.Rejected)
	}
	for _, f := range out.Faces {
		if err := h.Keep(collection, photos[f.Index].Data); err != nil {
			return nil, err
		}
	}
	err = out.findIDs(ctx, r, photos)
	if err != nil || slices.ContainsFunc(out.Faces, func(f EnrolledFace) bool { return f.ID == 0 }) { // removed since
		if e, gone := r.Gallery(ctx); gone == nil {
			err = errors.Join(err, h.Sweep(ctx, collection, e))
		}
	}
	return out, err
}

func (d *Enrolled) note(ctx context.Context, collection string) {
	var faces []int64
	for _, f := range d.Faces {
		if !f.Duplicate && f.ID != 0 {
			faces = append(faces, f.ID)
		}
	}
	if d.Person.ID != 0 {
		Note(ctx, "enrol", collection, []int64{d.Person.ID}, faces)
	}
}

func allRejected(list []Rejected) error {
	if len(list) == 1 {
		return list[0].Fault
	}
	return &Fault{
		Status:  422,
		Code:    "no_photo_usable",
		Message: fmt.Sprintf("none of %d photos can be used", len(list)),
		Details: map[string]any{"rejected_images": Reasons(list)},
	}
}

// Reason is a rejected photo as a client is told of it.
type Reason struct {
	Index    int    `json:"index"`
	Filename string `json:"filename"`
	Reason   string `json:"reason"` // the Fault's code
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// Reasons are the rejected photos as a client is told of them.
func Reasons(list []Rejected) []Reason {
	out := make([]Reason, len(list))
	for i, r := range list {
		out[i] = Reason{r.Index, r.Filename, r.Fault.Code, r.Fault.Message, r.Fault.Hint}
	}
	return out
}

// findIDs asks the gallery for the ids of the faces just stored, by photo and box.
func (d *Enrolled) findIDs(ctx context.Context, r *recognize.Recognizer, photos []Upload) error {
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	if d.Person, err = e.Person(ctx, d.Person.ID); err != nil {
		return err
	}
	ids := map[string]int64{}
	for t, err := range e.Sources(ctx, d.Person.ID) {
		if err != nil {
			return err
		}
		ids[t.Source.SHA256] = t.ID
		ids[fmt.Sprint(t.Source.SHA256, t.Source.Box)] = t.ID
	}
	seen := map[int64]bool{}
	for i := range d.Faces {
		f := &d.Faces[i]
		sum := sha256.Sum256(photos[f.Index].Data)
		key := hex.EncodeToString(sum[:])
		if f.Face != nil {
			b := f.Face.Box
			key = fmt.Sprint(key, [4]float32{b.X0, b.Y0, b.X1, b.Y1})
		}
		f.ID = ids[key]
		f.Duplicate = f.Duplicate || seen[f.ID] // twice in this request
		seen[f.ID] = true
	}
	return nil
}
