package server

import (
	"encoding/json"
	"math"
	"time"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
)

// pointJSON is an operating point: what a score was compared with, and what that is worth.
type pointJSON struct {
	Threshold  float64   `json:"threshold"`             // cosine similarity
	FAR        *float64  `json:"far"`                   // share of different pairs that reach it; null: unknown
	MeasuredOn string    `json:"measured_on,omitempty"` // whose photos
	People     int       `json:"calibrated_on_people,omitempty"`
	Interval   []float64 `json:"far_interval,omitempty"` // holds the true rate with probability 0.95
}

func pointOf(p recognize.Point) pointJSON {
	j := pointJSON{Threshold: p.Threshold, FAR: known(p.FAR), MeasuredOn: p.On, People: p.People}
	if p.People > 0 {
		j.MeasuredOn, j.Interval = "the people enrolled in this collection", []float64{p.Low, p.High}
	}
	return j
}

// known is nil for what is not known.
func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

// faceJSON is a face in a photo.
type faceJSON struct {
	Box     [4]float32    `json:"box"`    // x0, y0, x1, y1 in pixels of the upright photo
	Points  [5][2]float32 `json:"points"` // image-left eye, image-right eye, nose, image-left and -right mouth corner
	Turn    int           `json:"turn"`   // degrees clockwise by which the photo was turned to stand the face upright
	Quality embed.Quality `json:"quality"`
	TooPoor string        `json:"too_poor"` // why nothing can be told of it; "": it can
}

func faceOf(f embed.Face) faceJSON {
	j := faceJSON{Box: [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1}, Turn: f.Turn, Quality: f.Quality}
	for i, p := range f.Points {
		j.Points[i] = [2]float32{p.X, p.Y}
	}
	if err := recognize.TooPoor(f); err != nil {
		j.TooPoor = err.Error()
	}
	return j
}

// matchJSON is a person beside a probe.
type matchJSON struct {
	Person int64   `json:"person_id"`
	Name   string  `json:"name"`
	Face   int64   `json:"face_id"` // the person's most similar face
	Score  float32 `json:"score"`   // cosine similarity
	// the score normalised by the collection's cohort, for which the threshold is; missing: there is none
	Normalised *float32 `json:"normalised,omitempty"`
}

func matchOf(m gallery.Match) matchJSON {
	return matchJSON{m.PersonID, m.Name, m.TemplateID, m.Score, m.Normalised}
}

// answerJSON says who a face is.
type answerJSON struct {
	Face    *faceJSON   `json:"face,omitempty"` // missing where an embedding was asked about
	Person  *matchJSON  `json:"person"`         // null: nobody reaches the threshold, or the face is too poor to tell
	Tied    []matchJSON `json:"tied,omitempty"` // two or more who reach it, too near to each other to tell which it is
	Not     []string    `json:"not,omitempty"`  // names of whom it is not, by an example that is nearer
	Nearest []matchJSON `json:"nearest"`        // best first, whether they reach it or not
	Point   pointJSON   `json:"point"`          // what the person's score, or the nearest one's, was compared with
}

func answerOf(a recognize.Answer, k int, withFace bool) answerJSON {
	j := answerJSON{Nearest: []matchJSON{}, Point: pointOf(a.Point), Not: a.Not}
	for _, m := range a.Tied {
		j.Tied = append(j.Tied, matchOf(m))
	}
	if withFace && a.Face != nil {
		f := faceOf(*a.Face)
		j.Face = &f
	}
	if a.Person != nil {
		m := matchOf(*a.Person)
		j.Person = &m
	}
	for _, m := range a.Nearest[:min(k, len(a.Nearest))] {
		j.Nearest = append(j.Nearest, matchOf(m))
	}
	return j
}

// answersJSON is the answer to identify and search.
type answersJSON struct {
	Collection string       `json:"collection"`
	Width      int          `json:"width,omitempty"`
	Height     int          `json:"height,omitempty"`
	Faces      []answerJSON `json:"faces"` // largest first
	FPIR       *float64     `json:"fpir"`  // share of strangers taken for somebody here; null: unknown
}

// personJSON is somebody enrolled.
type personJSON struct {
	ID       int64           `json:"id"`
	Name     string          `json:"name"`
	Metadata json.RawMessage `json:"metadata"`
	Created  time.Time       `json:"created"`
	Updated  time.Time       `json:"updated"`
	Faces    int             `json:"faces"`
	Cover    int64           `json:"cover_face_id,omitempty"` // whose photo is kept, the most frontal; missing: none is
}

func personOf(p gallery.Person, has summary) personJSON {
	j := personJSON{p.ID, p.Name, p.Metadata, p.Created, p.Updated, has.faces, has.cover}
	if j.Metadata == nil {
		j.Metadata = json.RawMessage("{}")
	}
	return j
}

// storedJSON is a face that a collection has.
type storedJSON struct {
	ID      int64           `json:"id"`
	Person  int64           `json:"person_id"`
	Created time.Time       `json:"created"`
	Photo   string          `json:"photo_sha256,omitempty"`
	Kept    bool            `json:"photo_kept"` // …/faces/{face}/photo answers with it
	Box     [4]float32      `json:"box"`
	Quality gallery.Quality `json:"quality"`
}

func (c *call) storedOf(t gallery.Template) storedJSON {
	kept := c.h.HasPhoto(c.name, t)
	return storedJSON{t.ID, t.PersonID, t.Created, t.Source.SHA256, kept, t.Source.Box, t.Quality}
}

// infoJSON is a collection.
type infoJSON struct {
	Name       string         `json:"name"`
	People     int            `json:"people"`
	Faces      int            `json:"faces"`
	Model      *gallery.Model `json:"model"` // null: nobody was enrolled yet
	Engine     string         `json:"engine,omitempty"`
	Exact      bool           `json:"exact"` // searches equal brute force
	Calibrated bool           `json:"calibrated"`
}

type collectionsJSON struct {
	Collections []infoJSON `json:"collections"`
}

type calibrationJSON struct {
	Calibration *gallery.Calibration `json:"calibration"` // null: the thresholds are those measured for the model
}
