package photo

import (
	"context"
	"image"
	"image/color"
)

// Image is a decoded, upright photo: 8-bit sRGB samples, three bytes per pixel in the order R, G, B,
// row after row from the top left, without padding. Any transparency is already composited over white.
// It implements image.Image. Reading is safe from many goroutines.
type Image struct {
	Pix  []uint8 // 3·W·H bytes
	W, H int     // pixels, both ≥ 1

	reduced int    // the photo was read at 1/reduced of its sides, a power of two; 0: it was not
	finer   *finer // the whole photo, where it was read smaller
	// of the run that looks at it; nil: none. Whatever looks at an image for long asks Alive between steps
	ctx context.Context
}

// During returns m for a run that ends with ctx.
func (m *Image) During(ctx context.Context) *Image {
	d := *m
	d.ctx = ctx
	return &d
}

// Follow makes m, which was made of src, end with the run that looks at src. It returns m.
func (m *Image) Follow(src *Image) *Image {
	m.ctx = src.ctx
	return m
}

// Alive returns why the run that looks at m is to end, or nil.
func (m *Image) Alive() error {
	if m.ctx == nil {
		return nil
	}
	return m.ctx.Err()
}

// NewImage returns a black image. It panics if w or h is less than 1.
func NewImage(w, h int) *Image {
	if w < 1 || h < 1 {
		panic("embed: image without pixels")
	}
	return &Image{Pix: make([]uint8, 3*w*h), W: w, H: h}
}

// ColorModel is color.RGBAModel.
func (m *Image) ColorModel() color.Model { return color.RGBAModel }

// Bounds starts at (0, 0).
func (m *Image) Bounds() image.Rectangle { return image.Rect(0, 0, m.W, m.H) }

// At returns an opaque color.RGBA; outside the image it is transparent black.
func (m *Image) At(x, y int) color.Color {
	if x < 0 || y < 0 || x >= m.W || y >= m.H {
		return color.RGBA{}
	}
	p := m.Pix[3*(y*m.W+x):]
	return color.RGBA{p[0], p[1], p[2], 255}
}

// NRGBA returns a copy in the form that package image and most libraries work on.
func (m *Image) NRGBA() *image.NRGBA {
	d := image.NewNRGBA(m.Bounds())
	for s, t := m.Pix, d.Pix; len(s) >= 3 && len(t) >= 4; s, t = s[3:], t[4:] {
		t[0], t[1], t[2], t[3] = s[0], s[1], s[2], 255
	}
	return d
}

// Mirror returns the image flipped left to right.
func (m *Image) Mirror() *Image {
	d := NewImage(m.W, m.H)
	m.permute(d, m.W-1, -1, m.W)
	return d
}
