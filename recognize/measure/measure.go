// Package measure says how well a Recognizer does on photos of people who are known: on Labeled Faces in the Wild, on
// pairs of photos, on renditions of photos that it enrolled. Package eval has the figures; this one has the photos.
//
// It is a room of its own beside recognize because it decides nothing about anybody: recognize must not carry protocols
// of data sets, and eval must judge scores of any system, without photos.
package measure

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"faceid/embed"
	"faceid/eval"
	"faceid/recognize"
)

// Figures are the result of a verification benchmark; rates are in [0, 1].
type Figures struct {
	Protocol string  `json:"protocol"`
	Genuine  int64   `json:"genuine"`  // pairs of one person
	Impostor int64   `json:"impostor"` // pairs of two
	Photos   int     `json:"photos"`
	NoFace   int     `json:"photos_without_face"`
	Unread   int     `json:"photos_unreadable"`
	Dropped  int     `json:"pairs_dropped"`      // of a photo that cannot be read
	Accuracy float64 `json:"accuracy,omitempty"` // 10-fold
	StdErr   float64 `json:"standard_error,omitempty"`
	EER      float64 `json:"eer"`
	AUC      float64 `json:"auc"`
	Points   []Point `json:"points"`
	Model    string  `json:"model"`
	Detector string  `json:"detector"`
	Views    string  `json:"views"`
	Seconds  float64 `json:"seconds"`

	Curve  eval.Curve `json:"-"`
	Unseen []float64  `json:"-"` // false accept rates that too few impostor pairs are there for
}

// Point is an operating point: FAR is the one asked for.
type Point struct {
	FAR       float64 `json:"far"`
	TAR       float64 `json:"tar"`
	Threshold float64 `json:"threshold"`
}

// MarshalJSON has null for a threshold that no score reaches.
func (p Point) MarshalJSON() ([]byte, error) {
	o := struct {
		FAR       float64  `json:"far"`
		TAR       float64  `json:"tar"`
		Threshold *float64 `json:"threshold"`
	}{FAR: p.FAR, TAR: p.TAR}
	if !math.IsInf(p.Threshold, 0) {
		o.Threshold = &p.Threshold
	}
	return json.Marshal(o)
}

// photos are embeddings of the photos of a benchmark.
type photos struct {
	*Figures
	vecs   map[string][]float32 // by path; nil where a photo has no face
	unread map[string]bool
}

// embedAll embeds one face of each path, in order. each is called for every photo with their number; nil: nobody wants
// to know.
func embedAll(ctx context.Context, r *recognize.Recognizer, paths []string,
	each func(p embed.Photo, of int)) (*photos, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	out := &photos{vecs: make(map[string][]float32, len(paths)), unread: map[string]bool{}, Figures: &Figures{
		Photos: len(paths), Model: p.Entry.Name, Detector: p.Pack.Detector, Views: p.Model().Views,
	}}
	start := time.Now()
	for photo := range p.Run(ctx, embed.Files(paths...)) {
		if each != nil {
			each(photo, len(paths))
		}
		switch {
		case photo.Err != nil:
			out.Unread++
			out.unread[photo.Path] = true
		case len(photo.Faces) == 0:
			out.NoFace++
		default:
			out.vecs[photo.Path] = photo.Faces[0].Embedding
		}
	}
	out.Seconds = time.Since(start).Seconds()
	return out, ctx.Err()
}

// score of a pair; a photo without a face matches nobody.
func (p *photos) score(a, b string) float64 {
	x, y := p.vecs[a], p.vecs[b]
	if x == nil || y == nil {
		return -1
	}
	return eval.Cosine(x, y)
}

// fill takes the figures from the curve, at the false accept rates that there are impostor pairs enough for.
func (f *Figures) fill(c eval.Curve, genuine, impostor int64, fars ...float64) {
	f.Curve, f.Genuine, f.Impostor, f.Points = c, genuine, impostor, []Point{}
	f.EER, _ = c.EER()
	f.AUC = c.AUC()
	for _, far := range fars {
		if float64(impostor)*far < 1 {
			f.Unseen = append(f.Unseen, far)
			continue
		}
		tar, t := c.TARAtFAR(far)
		f.Points = append(f.Points, Point{FAR: far, TAR: tar, Threshold: t})
	}
}

// LeastFAR is the rate that a picture of the curve begins at: smaller ones say nothing with so few impostor pairs.
func (f *Figures) LeastFAR() float64 {
	if f.Impostor > 100_000 {
		return 1e-6
	}
	return 1e-3
}

// sorted are the keys of a set in order.
func sorted(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
