// Package sheet draws contact sheets: pairs of faces side by side, with what is said of them below.
//
// It is a room of its own below the measurements and the care of galleries because both draw the same picture.
package sheet

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"os"
	"sync"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"faceid/embed"
	"faceid/internal/atomicfile"
	"faceid/internal/plain"
)

// Face is a face in a photo.
type Face struct {
	Path string    // of the photo; a photo that cannot be read is a grey box
	Box  embed.Box // in pixels of the upright photo; empty: the whole photo
	Name string    // written below
}

// Pair is two faces and their score.
type Pair struct {
	A, B  Face // B may be without a path and a name: nothing is drawn for it
	Score string
}

const (
	thumb   = 144 // pixels
	gap     = 6
	line    = 16 // height of a line of text
	columns = 2  // pairs per row
	cellW   = 2*thumb + 3*gap
	cellH   = thumb + 2*gap + 2*line
	largest = 256 << 20 // bytes of a photo
	// Most is how many pairs a sheet holds: more are not looked at.
	Most = 200
)

var regular = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(goregular.TTF) })

// Write draws the first Most pairs to a PNG file, two per row: photo beside photo, the names below, then the score.
// It shows faces: the file is the owner's alone (0600), and it is written whole or not at all.
func Write(file string, pairs []Pair) error {
	m, err := paint(pairs[:min(len(pairs), Most)])
	if err != nil {
		return err
	}
	return atomicfile.Write(file, 0o600, func(w io.Writer) error { return png.Encode(w, m) })
}

func paint(pairs []Pair) (*image.NRGBA, error) {
	f, err := regular()
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 12, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	defer face.Close()
	rows := max(1, (len(pairs)+columns-1)/columns)
	m := imaging.New(columns*cellW+gap, rows*cellH, color.White)
	for i, p := range pairs {
		at := image.Pt(gap+i%columns*cellW, gap+i/columns*cellH)
		for k, f := range []Face{p.A, p.B} {
			if f == (Face{}) {
				continue
			}
			to := at.Add(image.Pt(k*(thumb+gap), 0))
			draw.Draw(m, image.Rectangle{to, to.Add(image.Pt(thumb, thumb))}, crop(f), image.Point{}, draw.Src)
			write(m, face, to.Add(image.Pt(0, thumb)), thumb, f.Name)
		}
		write(m, face, at.Add(image.Pt(0, thumb+line)), 2*thumb+gap, p.Score)
	}
	return m, nil
}

// crop is the square around a face, with a margin; grey where the photo is gone.
func crop(f Face) image.Image {
	grey := image.NewUniform(color.Gray{Y: 128})
	// Paths are what a gallery says: no pipe or device is waited for.
	if st, err := os.Stat(f.Path); err != nil || !st.Mode().IsRegular() || st.Size() > largest {
		return grey
	}
	b, err := os.ReadFile(f.Path)
	if err != nil {
		return grey
	}
	photo, err := embed.DecodeBytes(b, nil)
	if err != nil {
		return grey
	}
	m := photo.NRGBA()
	r := m.Rect
	if b := f.Box; b.X1 > b.X0 && b.Y1 > b.Y0 {
		half := 0.75 * float64(max(b.X1-b.X0, b.Y1-b.Y0))
		cx, cy := float64(b.X0+b.X1)/2, float64(b.Y0+b.Y1)/2
		if !(half < 1e6 && math.Abs(cx) < 1e6 && math.Abs(cy) < 1e6) {
			return grey
		}
		r = image.Rect(int(cx-half), int(cy-half), int(cx+half), int(cy+half)).Intersect(r)
	}
	if r.Empty() {
		return grey
	}
	return imaging.Fill(imaging.Crop(m, r), thumb, thumb, imaging.Center, imaging.Linear)
}

// write writes one line of text, cut where it is wider than width. The font (Go Regular) has Latin, Greek and Cyrillic
// letters; others are drawn as a box.
func write(m draw.Image, face font.Face, at image.Point, width int, text string) {
	r := []rune(plain.Field(text))
	s := string(r)
	for len(r) > 0 && font.MeasureString(face, s).Ceil() > width {
		r = r[:len(r)-1]
		s = string(r) + "…"
	}
	d := font.Drawer{Dst: m, Src: image.Black, Face: face, Dot: fixed.P(at.X, at.Y+line-4)}
	d.DrawString(s)
}
