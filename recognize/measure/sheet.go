package measure

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"slices"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/internal/atomicfile"
)

const (
	thumb = 144 // pixels
	gap   = 6
)

// DrawFaces writes the photo with its faces marked to a PNG file. It shows faces: it is the owner's alone (0600), and
// it is written whole or not at all. stdin is the photo whose path is "-"; nil: "-" is a file.
func DrawFaces(file string, stdin []byte, photo embed.Photo, label func(i int, f embed.Face) string) (err error) {
	b := stdin
	if photo.Path != "-" || b == nil {
		if b, err = os.ReadFile(photo.Path); err != nil {
			return err
		}
	}
	m, err := embed.DecodeBytes(b, nil)
	if err != nil {
		return err
	}
	labels := make([]string, len(photo.Faces))
	for i, f := range photo.Faces {
		labels[i] = label(i, f)
	}
	return writePNG(file, embed.Draw(m, photo.Faces, labels))
}

func writePNG(file string, m image.Image) error {
	return atomicfile.Write(file, 0o600, func(w io.Writer) error { return png.Encode(w, m) })
}

// DrawSheet draws the false pairs, then the missed ones, side by side, two pairs per row, as DrawFaces. A photo that
// cannot be opened any more stays grey.
func (p *People) DrawSheet(file string) error {
	return writePNG(file, sheet(slices.Concat(p.False, p.Missed)))
}

func sheet(pairs []Pair) image.Image {
	const columns = 2
	rows := (len(pairs) + columns - 1) / columns
	width, height := columns*(2*thumb+3*gap)+gap, max(rows, 1)*(thumb+2*gap)
	m := imaging.New(width, height, color.White)
	for i, p := range pairs {
		x, y := gap+i%columns*(2*thumb+3*gap), gap+i/columns*(thumb+2*gap)
		m = imaging.Paste(m, face(p.A, p.boxA), image.Pt(x, y))
		m = imaging.Paste(m, face(p.B, p.boxB), image.Pt(x+thumb+gap, y))
	}
	return m
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
