package embed

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// drawColors are told apart by most people, the colour-blind too (Okabe and Ito, 2008), and dark text is readable on
// all.
var drawColors = []color.NRGBA{
	{0xe6, 0x9f, 0x00, 255}, {0x56, 0xb4, 0xe9, 255}, {0x00, 0xc0, 0x8b, 255}, {0xf0, 0xe4, 0x42, 255},
	{0xff, 0x8a, 0x4c, 255}, {0xe0, 0x9a, 0xc4, 255},
}

var drawFont = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })

// Draw returns a copy of m with the box, the five points and the label of each face. labels[i] belongs to faces[i]; it
// may hold line breaks, be empty or be missing. Lines and letters grow with the photo, and labels stay inside it. The
// font (Go Bold) has Latin, Greek and Cyrillic letters; others are drawn as a box.
func Draw(m *Image, faces []Face, labels []string) *image.NRGBA {
	d := m.NRGBA()
	side := float64(max(m.W, m.H))
	line := max(1, int(math.Round(side/350)))
	for i, f := range faces {
		col := image.NewUniform(drawColors[i%len(drawColors)])
		box := pixels(f.Box)
		frame(d, box.Inset(-1), 1, image.NewUniform(color.NRGBA{0, 0, 0, 160})) // seen on a ground of the same colour
		frame(d, box, line, col)
		if f.Points != (Landmarks{}) {
			r := max(1, min(0.02*float64(min(box.Dx(), box.Dy())), side/100))
			for _, p := range f.Points {
				disc(d, p, r+1, color.NRGBA{A: 255})
				disc(d, p, r, drawColors[i%len(drawColors)])
			}
		}
	}
	// Labels last: no box may cross one.
	for i, f := range faces {
		if i < len(labels) && strings.TrimSpace(labels[i]) != "" {
			box := pixels(f.Box)
			size := min(side/40, 0.3*float64(box.Dx()))
			label(d, box, labels[i], min(200, max(11, side/110, size)), image.NewUniform(drawColors[i%len(drawColors)]))
		}
	}
	return d
}

// pixels returns the box in whole pixels; what is not finite or far outside any photo is cut there.
func pixels(b Box) image.Rectangle {
	whole := func(v float32) int {
		if v != v {
			return 0
		}
		return int(math.Round(float64(max(-1e6, min(1e6, v)))))
	}
	return image.Rect(whole(b.X0), whole(b.Y0), whole(b.X1), whole(b.Y1))
}

// frame draws the outline of r, width pixels to the inside.
func frame(d *image.NRGBA, r image.Rectangle, width int, c image.Image) {
	in := r.Inset(width)
	if in.Empty() {
		draw.Draw(d, r, c, image.Point{}, draw.Over)
		return
	}
	for _, s := range []image.Rectangle{
		image.Rect(r.Min.X, r.Min.Y, r.Max.X, in.Min.Y), image.Rect(r.Min.X, in.Max.Y, r.Max.X, r.Max.Y),
		image.Rect(r.Min.X, in.Min.Y, in.Min.X, in.Max.Y), image.Rect(in.Max.X, in.Min.Y, r.Max.X, in.Max.Y),
	} {
		draw.Draw(d, s, c, image.Point{}, draw.Over)
	}
}

// disc fills the circle around p.
func disc(d *image.NRGBA, p Point, r float64, c color.NRGBA) {
	b := Box{X0: p.X - float32(r) - 1, Y0: p.Y - float32(r) - 1, X1: p.X + float32(r) + 1, Y1: p.Y + float32(r) + 1}
	part := pixels(b).Intersect(d.Rect)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if math.Hypot(float64(x)-float64(p.X), float64(y)-float64(p.Y)) <= r {
				d.SetNRGBA(x, y, c)
			}
		}
	}
}

// label writes text in black on c above box, or where there is room.
func label(d *image.NRGBA, box image.Rectangle, text string, size float64, c image.Image) {
	f, err := drawFont()
	if err != nil {
		panic(fmt.Sprintf("embed: the built-in font: %v", err)) // compiled in: it parses or the build is broken
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(fmt.Sprintf("embed: the built-in font: %v", err))
	}
	defer face.Close()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	pad := max(1, int(size/6))
	met := face.Metrics()
	step := met.Height.Ceil()
	width := 0
	for i, s := range lines {
		// cut what is wider than the photo
		for font.MeasureString(face, s).Ceil()+2*pad > d.Rect.Dx() && len([]rune(s)) > 2 {
			r := []rune(strings.TrimSuffix(s, "…"))
			s = string(r[:len(r)-1]) + "…"
		}
		lines[i] = s
		width = max(width, font.MeasureString(face, s).Ceil())
	}
	r := image.Rect(0, 0, width+2*pad, step*len(lines)+2*pad).Add(image.Pt(box.Min.X, box.Min.Y))
	switch { // above the box, else below it, else at the top
	case box.Min.Y-r.Dy() >= 0:
		r = r.Sub(image.Pt(0, r.Dy()))
	case box.Max.Y+r.Dy() <= d.Rect.Max.Y:
		r = r.Add(image.Pt(0, box.Dy()))
	}
	r = r.Add(image.Pt(min(0, d.Rect.Max.X-r.Max.X), min(0, d.Rect.Max.Y-r.Max.Y)))
	r = r.Add(image.Pt(max(0, -r.Min.X), max(0, -r.Min.Y)))
	draw.Draw(d, r, c, image.Point{}, draw.Src)
	for i, s := range lines {
		w := font.Drawer{Dst: d, Src: image.Black, Face: face,
			Dot: fixed.P(r.Min.X+pad, r.Min.Y+pad+i*step+met.Ascent.Ceil())}
		w.DrawString(s)
	}
}
