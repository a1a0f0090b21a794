package measure

import (
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/disintegration/imaging"

	"faceid/embed"
)

const (
	thumb = 144 // pixels
	gap   = 6
)

// WriteSheet draws pairs of faces side by side, two pairs per row, in order, as a PNG. A photo that cannot be opened
// any more stays grey.
func WriteSheet(w io.Writer, pairs []Pair) error {
	const columns = 2
	rows := (len(pairs) + columns - 1) / columns
	width, height := columns*(2*thumb+3*gap)+gap, max(rows, 1)*(thumb+2*gap)
	m := imaging.New(width, height, color.White)
	for i, p := range pairs {
		x, y := gap+i%columns*(2*thumb+3*gap), gap+i/columns*(thumb+2*gap)
		m = imaging.Paste(m, face(p.A, p.boxA), image.Pt(x, y))
		m = imaging.Paste(m, face(p.B, p.boxB), image.Pt(x+thumb+gap, y))
	}
	return png.Encode(w, m)
}

// face is the square around a face, with a margin.
func face(path string, b embed.Box) image.Image {
	m, err := imaging.Open(path, imaging.AutoOrientation(true))
	if err != nil {
		return imaging.New(thumb, thumb, color.Gray{Y: 128})
	}
	half := 0.75 * float64(max(b.X1-b.X0, b.Y1-b.Y0))
	cx, cy := float64(b.X0+b.X1)/2, float64(b.Y0+b.Y1)/2
	crop := imaging.Crop(m, image.Rect(int(cx-half), int(cy-half), int(cx+half), int(cy+half)))
	if crop.Bounds().Empty() {
		return imaging.New(thumb, thumb, color.Gray{Y: 128})
	}
	return imaging.Fill(crop, thumb, thumb, imaging.Center, imaging.Linear)
}
