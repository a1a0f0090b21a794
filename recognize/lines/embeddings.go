package lines

import (
	"encoding/base64"
	"encoding/json"
	"io"

	"faceid/embed"
	"faceid/internal/atomicfile"
	"faceid/internal/f32"
	"faceid/internal/npy"
)

// Embedded is one face of a photo; with several faces there are several lines.
type Embedded struct {
	Path      string        `json:"path"`
	Face      int           `json:"face"`
	Box       *[4]float32   `json:"box"`
	Quality   embed.Quality `json:"quality"`
	Embedding any           `json:"embedding,omitempty"`
}

// Embeddings writes faces with their embeddings.
type Embeddings interface {
	// Add writes face i of the photo, from 0.
	Add(p embed.Photo, i int) error
}

// Texts writes JSON Lines to w, with embeddings as numbers, or as base64 of little-endian float32.
func Texts(w io.Writer, compact bool) Embeddings {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return texts{e, compact}
}

type texts struct {
	*json.Encoder
	compact bool
}

func (t texts) Add(p embed.Photo, i int) error {
	l := embeddedOf(p, i)
	l.Embedding = p.Faces[i].Embedding
	if t.compact {
		l.Embedding = base64.StdEncoding.EncodeToString(f32.Append(nil, p.Faces[i].Embedding))
	}
	return t.Encode(l)
}

func embeddedOf(p embed.Photo, i int) Embedded {
	f := p.Faces[i]
	return Embedded{Path: p.Path, Face: i + 1, Box: boxOf(f), Quality: f.Quality}
}

// Array collects embeddings of dim values as the rows of an .npy array, and writes what they are as JSON Lines to side.
// Close it after use.
func Array(side io.Writer, dim int) (*Rows, error) {
	s, err := npy.NewSpool(dim)
	return &Rows{s, json.NewEncoder(side)}, err
}

// Rows are the rows of an Array.
type Rows struct {
	*npy.Spool
	side *json.Encoder
}

// Add adds a row.
func (r *Rows) Add(p embed.Photo, i int) error {
	if err := r.Append(p.Faces[i].Embedding); err != nil {
		return err
	}
	return r.side.Encode(embeddedOf(p, i))
}

// WriteFile writes the array, readable by its owner alone.
func (r *Rows) WriteFile(path string) error { return atomicfile.Write(path, 0o600, r.Spool.Write) }
