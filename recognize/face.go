package recognize

import (
	"fmt"
	"path/filepath"
	"strings"

	"faceid/embed"
	"faceid/gallery"
)

// OneFace picks the face of a photo that should have one: its only face, or the largest where that is allowed. It returns the
// photo's own error, ErrNoFace or a *SeveralError.
func OneFace(p embed.Photo, largest bool) (embed.Face, error) {
	switch {
	case p.Err != nil:
		return embed.Face{}, p.Err
	case len(p.Faces) == 0:
		return embed.Face{}, ErrNoFace
	case len(p.Faces) > 1 && !largest:
		return embed.Face{}, &SeveralError{p.Faces}
	}
	return p.Faces[0], nil
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
