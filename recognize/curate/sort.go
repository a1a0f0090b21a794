package curate

import (
	"context"
	"iter"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/tidy"
)

// Sorted are photos without names, sorted into people.
type Sorted struct {
	Photos     int      `json:"photos"`
	Faces      int      `json:"faces"`      // compared: all that are good enough
	Threshold  float64  `json:"threshold"`  // from which two faces, or groups of them, were taken for one person
	Calibrated int      `json:"calibrated"` // people of the gallery whose scores say so; 0: by the model's figures
	People     []Group  `json:"people"`     // the one with the most faces first; a face alone is a person too
	Uncertain  []Unsure `json:"uncertain"`  // faces of none of them
	NoFace     []string `json:"no_face"`    // photos in which none was found
	Unread     []Unread `json:"unread"`     // photos that cannot be read
}

// Group is a person: the faces, in the order of the photos.
type Group struct {
	Faces []Face `json:"faces"`
}

// Face is a face in a photo.
type Face struct {
	Path   string    `json:"path"`
	Number int       `json:"face"` // from 1, the largest first
	Box    embed.Box `json:"box"`
}

// Unsure is a face that could be of a person, or is too poor to tell.
type Unsure struct {
	Face
	Person int     `json:"person"` // number in Sorted.People, from 1; 0: of another uncertain one, or too poor
	Score  float64 `json:"score"`  // with that person; 0: too poor
	Poor   bool    `json:"poor"`
}

// Unread is a photo that cannot be read, and why.
type Unread struct {
	Path string `json:"path"`
	Err  error  `json:"-"`
	Why  string `json:"error"`
}

// Sort sorts the faces of photos into people, see tidy.Cluster: by which scores are usual between the people of the
// gallery that Recognizer.Calibrating finds, else by what was measured for the model. each is told of every photo; nil:
// nobody wants to know.
func Sort(ctx context.Context, r *recognize.Recognizer, in iter.Seq[embed.Input], each func(embed.Photo)) (
	*Sorted, error) {

	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	s := &Sorted{People: []Group{}, Uncertain: []Unsure{}, NoFace: []string{}, Unread: []Unread{}}
	var faces []Face
	var embeddings [][]float32
	for photo := range p.Run(ctx, in) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.Photos++
		if each != nil {
			each(photo)
		}
		switch {
		case photo.Err != nil:
			s.Unread = append(s.Unread, Unread{photo.Path, photo.Err, photo.Err.Error()})
		case len(photo.Faces) == 0:
			s.NoFace = append(s.NoFace, photo.Path)
		}
		for i, f := range photo.Faces {
			face := Face{photo.Path, i + 1, f.Box}
			if recognize.TooPoor(f) != nil {
				s.Uncertain = append(s.Uncertain, Unsure{Face: face, Poor: true})
				continue
			}
			faces, embeddings = append(faces, face), append(embeddings, f.Embedding)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.Faces = len(faces)
	var curve tidy.Curve
	err = r.Calibrating(ctx, p.Model(), func(e gallery.Engine, info gallery.Info) error {
		if info.People >= recognize.MinCalibrated {
			s.Calibrated = info.People
		} else {
			e = nil // too few to say more than the model's maker
		}
		curve, err = r.Curve(ctx, e, p.Model())
		return err
	})
	if err != nil {
		return nil, err
	}
	c, err := tidy.Cluster(ctx, embeddings, curve, nil)
	if err != nil {
		return nil, err
	}
	s.fill(c, faces)
	return s, nil
}

// fill says clusters in faces. Groups of which nobody is certain have no number.
func (s *Sorted) fill(c *tidy.Clusters, faces []Face) {
	s.Threshold = c.Join
	order := make([]int, 0, len(c.Groups))
	for k, g := range c.Groups {
		if len(g) > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(c.Groups[b]) - len(c.Groups[a]) })
	number := make([]int, len(c.Groups))
	for n, k := range order {
		number[k] = n + 1
		var g Group
		for _, i := range c.Groups[k] {
			g.Faces = append(g.Faces, faces[i])
		}
		s.People = append(s.People, g)
	}
	for _, d := range c.Uncertain {
		s.Uncertain = append(s.Uncertain, Unsure{Face: faces[d.Photo], Person: number[d.Group], Score: d.Score})
	}
}
