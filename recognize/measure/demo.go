package measure

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"path/filepath"
	"strings"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/recognize"
)

// Row counts what became of the faces of one rendition.
type Row struct {
	Rendition  string  `json:"rendition"`
	Enrolled   int     `json:"enrolled"`   // faces that should be found again
	Found      int     `json:"found"`      // of these, faces the detector found again
	Rank1      int     `json:"rank1"`      // of these, identified as the right person
	Identified int     `json:"identified"` // right, and above the threshold
	Wrong      int     `json:"wrong"`      // somebody else above the threshold
	Verified   int     `json:"verified"`   // genuine pairs above verify's threshold
	Impostors  int     `json:"impostors"`  // pairs of different faces of one photo
	FalseMatch int     `json:"false_match"`
	Lowest     float64 `json:"lowest_genuine"`
	Highest    float64 `json:"highest_impostor"`
}

// Demo is group photos whose faces are enrolled, each as a person of its own, and then looked for in changed
// renditions.
type Demo struct {
	Photos     []embed.Photo   // as enrolled
	IdentifyAt recognize.Point // thresholds in use
	VerifyAt   recognize.Point

	p     *recognize.Pipeline
	e     gallery.Engine
	owner map[[2]int]int64 // person by photo and face
}

// NewDemo enrols every face of the photos into the Recognizer's gallery, which should be empty. each is called for
// every photo.
func NewDemo(ctx context.Context, r *recognize.Recognizer, paths []string, each func(embed.Photo)) (*Demo, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	d := &Demo{p: p, owner: map[[2]int]int64{}}
	if d.e, err = r.GalleryFor(ctx, p.Model()); err != nil {
		return nil, err
	}
	if d.IdentifyAt, err = recognize.PointOf(p.Entry, recognize.Target{FAR: recognize.DefaultIdentifyFAR}); err != nil {
		return nil, err
	}
	if d.VerifyAt, err = recognize.PointOf(p.Entry, recognize.Target{FAR: recognize.DefaultVerifyFAR}); err != nil {
		return nil, err
	}
	for photo := range p.Run(ctx, embed.Files(paths...)) {
		if photo.Err != nil {
			return nil, &recognize.PhotoError{Path: photo.Path, Err: photo.Err}
		}
		batch := make([]gallery.Enrolment, len(photo.Faces))
		for i, f := range photo.Faces {
			name := fmt.Sprintf("%s face %d", filepath.Base(photo.Path), i+1)
			batch[i] = gallery.Enrolment{Name: name, Templates: []gallery.Template{recognize.TemplateOf(photo, f)}}
		}
		done, err := d.e.Enrol(ctx, batch, nil)
		if err != nil {
			return nil, err
		}
		for i, x := range done {
			d.owner[[2]int{len(d.Photos), i}] = x.PersonID
		}
		d.Photos = append(d.Photos, photo)
		each(photo)
	}
	return d, ctx.Err()
}

// Renditions looks for the enrolled faces in every rendition of the photos, which are written to the folder dir.
func (d *Demo) Renditions(ctx context.Context, dir string) ([]Row, error) {
	var rows []Row
	for _, how := range renditions {
		row, err := d.rendition(ctx, how, dir)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// rendition is a change of a photo, and where a point of the photo is found in it.
type rendition struct {
	name    string
	quality int // of the JPEG
	change  func(image.Image) image.Image
	place   func(p embed.Point, width float32) embed.Point
}

var renditions = []rendition{
	{"mirrored", 95, func(m image.Image) image.Image { return imaging.FlipH(m) },
		func(p embed.Point, w float32) embed.Point { return embed.Point{X: w - 1 - p.X, Y: p.Y} }},
	{"half size", 95, func(m image.Image) image.Image {
		return imaging.Resize(m, m.Bounds().Dx()/2, m.Bounds().Dy()/2, imaging.Box)
	}, func(p embed.Point, _ float32) embed.Point { return embed.Point{X: p.X / 2, Y: p.Y / 2} }},
	{"darker", 95, func(m image.Image) image.Image { return imaging.AdjustBrightness(m, -30) }, unmoved},
	{"JPEG 60", 60, func(m image.Image) image.Image { return m }, unmoved},
}

func unmoved(p embed.Point, _ float32) embed.Point { return p }

// rendition changes every photo as how says, looks at it again, and counts.
func (d *Demo) rendition(ctx context.Context, how rendition, dir string) (Row, error) {
	row := Row{Rendition: how.name, Lowest: 1, Highest: -1}
	var paths []string
	for i, photo := range d.Photos {
		m, err := imaging.Open(photo.Path, imaging.AutoOrientation(true))
		if err != nil {
			return row, err
		}
		path := filepath.Join(dir, fmt.Sprintf("%d-%s.jpg", i+1, strings.ReplaceAll(how.name, " ", "-")))
		err = atomicfile.Write(path, 0o600, func(w io.Writer) error {
			return jpeg.Encode(w, how.change(m), &jpeg.Options{Quality: how.quality})
		})
		if err != nil {
			return row, err
		}
		paths = append(paths, path)
	}
	for photo := range d.p.Run(ctx, embed.Files(paths...)) {
		if photo.Err != nil {
			return row, fmt.Errorf("%s: %w", photo.Path, photo.Err)
		}
		original := d.Photos[photo.Index]
		row.Enrolled += len(original.Faces)
		probes := make([][]float32, len(photo.Faces))
		for j, f := range photo.Faces {
			probes[j] = f.Embedding
		}
		found, err := d.e.Search(ctx, probes, &gallery.SearchOptions{K: 1})
		if err != nil {
			return row, err
		}
		for i, was := range original.Faces {
			c := how.place(centre(was.Box), float32(original.Width))
			for j, is := range photo.Faces {
				score := eval.Cosine(was.Embedding, is.Embedding)
				if !inside(c, is.Box) {
					row.Impostors++
					row.Highest = max(row.Highest, score)
					if score >= d.VerifyAt.Threshold {
						row.FalseMatch++
					}
					continue
				}
				row.Found++
				row.Lowest = min(row.Lowest, score)
				if score >= d.VerifyAt.Threshold {
					row.Verified++
				}
				best, right := found[j][0], d.owner[[2]int{photo.Index, i}]
				switch {
				case best.PersonID == right && float64(best.Score) >= d.IdentifyAt.Threshold:
					row.Rank1++
					row.Identified++
				case best.PersonID == right:
					row.Rank1++
				case float64(best.Score) >= d.IdentifyAt.Threshold:
					row.Wrong++
				}
				break
			}
		}
	}
	return row, ctx.Err()
}

func centre(b embed.Box) embed.Point { return embed.Point{X: (b.X0 + b.X1) / 2, Y: (b.Y0 + b.Y1) / 2} }

// inside tells whether p is in the middle half of b, so that of two overlapping faces only the right one is meant.
func inside(p embed.Point, b embed.Box) bool {
	c, w, h := centre(b), b.X1-b.X0, b.Y1-b.Y0
	return p.X > c.X-w/4 && p.X < c.X+w/4 && p.Y > c.Y-h/4 && p.Y < c.Y+h/4
}
