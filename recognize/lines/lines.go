// Package lines are the lines that faceid prints with --json: one object per line, for scripts, and for Go programs
// that read them. Outputs lists what every command prints, and WriteHelp says it in words.
//
// A field that is there stays there and keeps its meaning; new ones may come. Figures that are not known are null,
// since JSON has no NaN.
package lines

import (
	"math"

	"faceid/embed"
	"faceid/finetune"
	"faceid/gallery"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/curate"
)

// Point is what is known of an operating point beside its threshold and its rate.
type Point struct {
	On     string   `json:"far_on,omitempty"`
	Low    *float64 `json:"far_low,omitempty"`
	High   *float64 `json:"far_high,omitempty"`
	People int      `json:"calibrated_on,omitempty"`
}

func pointOf(p recognize.Point) Point {
	if p.People > 0 {
		return Point{"people like those enrolled", &p.Low, &p.High, p.People}
	}
	return Point{On: p.On}
}

// known is nil for what is not known.
func known(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

func boxOf(f embed.Face) *[4]float32 { return &[4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1} }

// Enrolled is a person stored.
type Enrolled struct {
	PersonID   int64  `json:"person_id"`
	Name       string `json:"name"`
	Created    bool   `json:"created"`
	Added      int    `json:"added"`
	Duplicates int    `json:"duplicates"`
}

// Verified is the verdict on two photos.
type Verified struct {
	A         string   `json:"a"`
	B         string   `json:"b"`
	Same      bool     `json:"same"`
	Score     float64  `json:"score"`
	Threshold float64  `json:"threshold"`
	FAR       *float64 `json:"far"`
	TooPoor   string   `json:"too_poor"`
	Point
	Normalised *float64 `json:"normalised,omitempty"`
}

// VerifiedOf is the line of a verdict on the photos at two paths.
func VerifiedOf(a, b string, v recognize.Verdict) Verified {
	l := Verified{A: a, B: b, Same: v.Same, Score: v.Score, Threshold: v.Threshold, FAR: known(v.FAR),
		Point: pointOf(v.Point), Normalised: v.Normalised}
	if v.Poor != nil {
		l.TooPoor = v.Poor.Error()
	}
	return l
}

// Identified is the answer for one face; of a photo without a face, Face is 0 and what belongs to a face is left out.
type Identified struct {
	Path      string          `json:"path"`
	Face      int             `json:"face"`
	Box       *[4]float32     `json:"box,omitempty"`
	Turn      int             `json:"turn"`
	Person    *gallery.Match  `json:"person"`
	Tied      []gallery.Match `json:"tied,omitempty"`
	Nearest   []gallery.Match `json:"nearest"`
	Threshold float64         `json:"threshold"`
	FPIR      *float64        `json:"fpir,omitempty"`
	Point
	TooPoor string         `json:"too_poor"`
	Quality *embed.Quality `json:"quality,omitempty"`
}

// IdentifiedOf is the line of an answer, with the k nearest people at most.
func IdentifiedOf(a recognize.Answer, k int) Identified {
	l := Identified{Path: a.Photo.Path, Face: a.Number, Person: a.Person, Tied: a.Tied, Threshold: a.Threshold,
		Nearest: append([]gallery.Match{}, a.Nearest[:min(k, len(a.Nearest))]...)}
	if a.Face != nil {
		l.Box, l.Turn, l.Quality = boxOf(*a.Face), a.Face.Turn, &a.Face.Quality
		l.FPIR, l.Point = known(a.FPIR), pointOf(a.Point)
	}
	if a.Poor != nil {
		l.TooPoor = a.Poor.Error()
	}
	return l
}

// ByHead is the answer of a trained head for one face; of a photo without a face, Face is 0 and what belongs to a face
// is left out.
type ByHead struct {
	Path      string               `json:"path"`
	Face      int                  `json:"face"`
	Box       *[4]float32          `json:"box,omitempty"`
	Turn      int                  `json:"turn"`
	Person    *finetune.Candidate  `json:"person"`
	Nearest   []finetune.Candidate `json:"nearest"`
	Threshold *float64             `json:"threshold"`
	FPIR      *float64             `json:"fpir"`
	Low       *float64             `json:"fpir_low"`
	High      *float64             `json:"fpir_high"`
	TooPoor   string               `json:"too_poor"`
	Quality   *embed.Quality       `json:"quality,omitempty"`
}

// ByHeadOf is the line of a head's answer.
func ByHeadOf(a recognize.HeadAnswer) ByHead {
	l := ByHead{Path: a.Photo.Path, Face: a.Number, Person: a.Person,
		Nearest: append([]finetune.Candidate{}, a.Nearest...)}
	if l.FPIR = known(a.FPIR.FPIR); l.FPIR != nil {
		l.Low, l.High = &a.FPIR.Low, &a.FPIR.High
	}
	if a.FPIR.Distance > 0 {
		l.Threshold = &a.FPIR.Distance
	}
	if a.Face != nil {
		l.Box, l.Turn, l.Quality = boxOf(*a.Face), a.Face.Turn, &a.Face.Quality
	}
	if a.Poor != nil {
		l.TooPoor = a.Poor.Error()
	}
	return l
}

// Detected are the faces of a photo.
type Detected struct {
	Path   string `json:"path"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Faces  []Face `json:"faces"`
}

// Face is one of them.
type Face struct {
	Box     [4]float32    `json:"box"`
	Points  [5][2]float32 `json:"points"`
	Turn    int           `json:"turn"`
	Quality embed.Quality `json:"quality"`
}

// DetectedOf is the line of a photo.
func DetectedOf(p embed.Photo) Detected {
	l := Detected{Path: p.Path, Width: p.Width, Height: p.Height, Faces: []Face{}}
	for _, f := range p.Faces {
		d := Face{Box: *boxOf(f), Turn: f.Turn, Quality: f.Quality}
		for i, q := range f.Points {
			d.Points[i] = [2]float32{q.X, q.Y}
		}
		l.Faces = append(l.Faces, d)
	}
	return l
}

// Person is somebody enrolled, with templates.
type Person struct {
	gallery.Person
	Templates []Template `json:"templates,omitempty"`
}

// Template is one of them, without its vectors.
type Template struct {
	ID      int64           `json:"id"`
	Source  gallery.Source  `json:"source"`
	Quality gallery.Quality `json:"quality"`
	Trunk   bool            `json:"trunk"`
}

// TemplateOf is a template without its vectors.
func TemplateOf(t gallery.Template) Template {
	return Template{ID: t.ID, Source: t.Source, Quality: t.Quality, Trunk: t.Trunk != nil}
}

// Removed is a person who was deleted, or templates of one.
type Removed struct {
	Person    *gallery.Person `json:"removed,omitempty"`
	Templates []int64         `json:"removed_templates,omitempty"`
	Of        *gallery.Person `json:"of,omitempty"`
}

// Moved is what became of templates that went to another person.
type Moved struct {
	curate.Moved
	Undo []string `json:"undo"`
}

// Finding is what the doctor found of one thing.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
	Next string `json:"next,omitempty"`
}

// Forgotten is a model that was taken off the list.
type Forgotten struct {
	Model models.Entry `json:"forgotten"`
}

// Path is where a model's file is.
type Path struct {
	Name string `json:"name"`
	Path string `json:"path"`
}
