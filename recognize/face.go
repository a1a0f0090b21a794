package recognize

import (
	"fmt"
	"path/filepath"
	"strings"

	"faceid/embed"
	"faceid/gallery"
)

// Several says which face is meant where a photo should have one and has several.
type Several int

const (
	// the one that clearly leads, see embed.MainFace; where none does the photo is refused
	SeveralMain    Several = iota
	SeveralLargest         // the largest
	SeveralRefuse          // none: the photo is refused
)

// OneFace picks the face of a photo that should have one. It returns the photo's own error, ErrNoFace or a
// *SeveralError.
func OneFace(p embed.Photo, which Several) (embed.Face, error) {
	switch {
	case p.Err != nil:
		return embed.Face{}, p.Err
	case len(p.Faces) == 0:
		return embed.Face{}, ErrNoFace
	case len(p.Faces) == 1 || which == SeveralLargest:
		return p.Faces[0], nil
	case which == SeveralMain:
		if main, clear := embed.MainFace(p.Faces, p.Width, p.Height); clear {
			return p.Faces[main], nil
		}
	}
	return embed.Face{}, &SeveralError{p.Faces}
}

// TemplateOf is what a gallery keeps of a face.
func TemplateOf(p embed.Photo, f embed.Face) gallery.Template {
	path := p.Path
	if path != "" {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
	}
	return gallery.Template{
		Embedding: f.Embedding,
		Trunk:     f.Trunk,
		Quality:   stored(f.Quality),
		Source: gallery.Source{
			Path:   strings.ToValidUTF8(path, "\ufffd"), // a gallery takes nothing else
			SHA256: fmt.Sprintf("%x", p.SHA256),
			Box:    [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1},
		},
	}
}

// stored is what a gallery keeps of a face's quality.
func stored(q embed.Quality) gallery.Quality {
	return gallery.Quality{Score: q.Score, Size: q.Size, Sharpness: q.Sharpness, Frontal: q.Frontal, Norm: q.Norm}
}
