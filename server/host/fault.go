package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/hint"
	"faceid/recognize"
)

// Fault is an error as a client is told it: a status, a code for programs, words and a next step for people.
type Fault struct {
	Status  int
	Code    string
	Message string
	Hint    string
	Details any // facts, as JSON; nil: none
	Err     error
}

func (f *Fault) Error() string { return f.Message }
func (f *Fault) Unwrap() error { return f.Err }

// Bad is a client's mistake in what it sent.
func Bad(format string, a ...any) *Fault {
	return &Fault{Status: http.StatusBadRequest, Code: "bad_request", Message: fmt.Sprintf(format, a...)}
}

// Missing says that something named is not there.
func Missing(code, format string, a ...any) *Fault {
	return &Fault{Status: http.StatusNotFound, Code: code, Message: fmt.Sprintf(format, a...)}
}

// known are the errors that hold no facts, the first that fits counts.
var known = []struct {
	is     error
	status int
	code   string
	hint   string
	says   string // in place of the error's text, which may name a file
}{
	{context.Canceled, 499, "cancelled", "", "the client is gone"}, // the client is gone; nobody reads it
	{
		context.DeadlineExceeded,
		503,
		"too_slow",
		"send smaller photos or fewer of them, or come back later",
		"it took too long",
	},
	{recognize.ErrNoFace, 422, "face_not_found", "the face should be upright, lit, and at least 20 pixels wide", ""},
	{recognize.ErrNoneYet, 409, "nobody_enrolled", "enrol somebody first", "nobody is enrolled"},
	{recognize.ErrNobody, 409, "nobody_enrolled", "enrol somebody first", "nobody is enrolled"},
	{gallery.ErrNoPerson, 404, "person_not_found", "", ""},
	{gallery.ErrNoTemplate, 404, "face_id_not_found", "", ""},
	{gallery.ErrNameTaken, 409, "name_taken", "add to that person, or give another name", ""},
	{
		gallery.ErrModel,
		409,
		"model_mismatch",
		"use a collection of this model",
		"these are embeddings of another model",
	},
	{gallery.ErrName, 400, "bad_name", "a name has 1 to 1,000 bytes of UTF-8 without control characters", ""},
	{gallery.ErrMetadata, 400, "bad_metadata", "", ""},
	{gallery.ErrDimension, 422, "bad_embedding", "send embeddings of the collection's model", ""},
	{gallery.ErrZeroVector, 422, "bad_embedding", "send embeddings of the collection's model", ""},
	{gallery.ErrNotFinite, 422, "bad_embedding", "send embeddings of the collection's model", ""},
	{gallery.ErrFormat, 422, "bad_import", "send what an export wrote", ""},
	{gallery.ErrSource, 422, "bad_import", "send what an export wrote", ""},
	{gallery.ErrBusy, 503, "busy", "come back later", "the collection is in use by another program"},
	{gallery.ErrReadOnly, 500, "read_only", "", "the collection cannot be written"},
	{gallery.ErrDiskFull, 507, "disk_full", "", "the disk is full"},
	{embed.ErrTooLarge, 413, "photo_too_large", "shrink the photo", ""},
	{embed.ErrTruncated, 422, "photo_cut_off", "send the whole photo", ""},
	{embed.ErrFormat, 415, "not_a_photo", "send a JPEG, HEIC, AVIF, PNG, GIF, BMP, TIFF or WebP file", ""},
	{io.ErrUnexpectedEOF, 400, "body_cut_off", "send the whole body", ""},
	{recognize.ErrUncalibrated, 409, "not_calibrated", "calibrate the collection, or ask by far", ""},
	{fs.ErrNotExist, 409, "nobody_enrolled", "enrol somebody first", "nobody is enrolled"},
}

// FaultOf says what a client is told of an error. What is no client's mistake is a 500 without the error's text, which
// belongs in the log: it may name files.
func FaultOf(err error) *Fault {
	var (
		fault   *Fault
		several *recognize.SeveralError
		poor    *recognize.PoorError
		people  *recognize.SeveralPeopleError
		rate    *recognize.UnreachedError
		few     *recognize.TooFewError
		large   *http.MaxBytesError
		photo   *recognize.PhotoError
		model   *recognize.ModelError
	)
	if errors.As(err, &photo) { // its path is none of the client's
		err = photo.Err
	}
	text := err.Error()
	for _, room := range []string{"embed: ", "gallery: ", "recognize: "} {
		text = strings.TrimPrefix(text, room)
	}
	switch {
	case errors.As(err, &fault):
		return fault
	case errors.As(err, &several):
		return &Fault{
			422,
			"several_faces",
			fmt.Sprintf("%d faces in a photo that should have one", len(several.Faces)),
			"none of them clearly leads: crop the photo, or ask for the largest",
			map[string]any{"faces": boxes(several.Faces)},
			err,
		}
	case errors.As(err, &poor):
		return &Fault{422, "too_poor", text,
			"take another photo: sharp, lit, the face towards the camera and 60 pixels wide or more",
			map[string]any{"reason": poor.Why, "quality": poor.Quality}, err}
	case errors.As(err, &people):
		ids := make([]int64, len(people.People))
		for i, p := range people.People {
			ids[i] = p.ID
		}
		return &Fault{409, "several_people", text, "say which one by its id", map[string]any{"ids": ids}, err}
	case errors.As(err, &rate):
		return &Fault{422, "rate_unknown", text, "ask for a rate that was measured, or for a threshold",
			map[string]any{"known": rate.Known}, err}
	case errors.As(err, &few):
		next := "enrol more people"
		if few.Strangers {
			next = "ask for a larger share, or calibrate with photos of more people who are not enrolled"
		}
		return &Fault{
			409,
			"too_few_people",
			text,
			next,
			map[string]any{"have": few.Have, "need": few.Need},
			err,
		}
	case errors.As(err, &model):
		return &Fault{409, "model_mismatch", "the collection was enrolled with another model, " + model.Have.Name,
			"use a collection of this model", map[string]any{"collection": model.Have, "server": model.Is}, err}
	case errors.As(err, &large):
		return &Fault{413, "body_too_large", fmt.Sprintf("the body has more than %d bytes", large.Limit),
			"send smaller photos or fewer of them", map[string]any{"limit_bytes": large.Limit}, err}
	}
	for _, k := range known {
		if errors.Is(err, k.is) {
			next := k.hint
			if next == "" {
				next = hint.Of(err)
			}
			if k.says != "" {
				text = k.says
			}
			return &Fault{Status: k.status, Code: k.code, Message: text, Hint: next, Err: err}
		}
	}
	return &Fault{
		Status:  500,
		Code:    "internal",
		Message: "something went wrong here; the server's log says what",
		Err:     err,
	}
}

func boxes(faces []embed.Face) [][4]float32 {
	out := make([][4]float32, 0, min(len(faces), 100))
	for _, f := range faces[:min(len(faces), 100)] {
		out = append(out, [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1})
	}
	return out
}
