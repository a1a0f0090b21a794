package photo

import (
	"image"
	"image/color"
)

// onWhite composites an unassociated sample with alpha a over white, rounded.
func onWhite(c, a uint8) uint8 {
	return uint8((uint32(c)*uint32(a) + 255*uint32(255-a) + 127) / 255)
}

// FromImage converts any image.Image. Transparent pixels are composited over white: that is how photos with
// cut-out people are seen on a page, and a black ground would swallow dark hair. 16-bit samples keep their high byte.
// It panics if m has no pixels.
func FromImage(m image.Image) *Image {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	switch s := m.(type) {
	case *Image:
		return &Image{Pix: append([]uint8(nil), s.Pix...), W: w, H: h}
	case *image.YCbCr:
		return fromYCbCr(s, &fullRange)
	case *image.Gray:
		return byRow(w, h, func(d []uint8, y int) {
			i := s.PixOffset(b.Min.X, b.Min.Y+y)
			for x, v := range s.Pix[i : i+w] {
				p := d[3*x : 3*x+3 : 3*x+3]
				p[0], p[1], p[2] = v, v, v
			}
		})
	case *image.Gray16:
		return byRow(w, h, func(d []uint8, y int) {
			i := s.PixOffset(b.Min.X, b.Min.Y+y)
			for x := range w {
				v := s.Pix[i+2*x]
				p := d[3*x : 3*x+3 : 3*x+3]
				p[0], p[1], p[2] = v, v, v
			}
		})
	case *image.NRGBA:
		return byRow(w, h, func(d []uint8, y int) {
			i := s.PixOffset(b.Min.X, b.Min.Y+y)
			for q := s.Pix[i : i+4*w]; len(q) >= 4 && len(d) >= 3; q, d = q[4:], d[3:] {
				d[0], d[1], d[2] = q[0], q[1], q[2]
				if q[3] != 255 {
					d[0], d[1], d[2] = onWhite(q[0], q[3]), onWhite(q[1], q[3]), onWhite(q[2], q[3])
				}
			}
		})
	case *image.RGBA:
		return byRow(w, h, func(d []uint8, y int) {
			i := s.PixOffset(b.Min.X, b.Min.Y+y)
			for q := s.Pix[i : i+4*w]; len(q) >= 4 && len(d) >= 3; q, d = q[4:], d[3:] {
				white := 255 - int(q[3]) // premultiplied; a broken file may have samples above alpha
				d[0], d[1], d[2] = uint8(min(255, int(q[0])+white)), uint8(min(255, int(q[1])+white)),
					uint8(min(255, int(q[2])+white))
			}
		})
	case *image.Paletted:
		return fromPaletted(s)
	case *image.CMYK:
		return byRow(w, h, func(d []uint8, y int) {
			i := s.PixOffset(b.Min.X, b.Min.Y+y)
			for q := s.Pix[i : i+4*w]; len(q) >= 4 && len(d) >= 3; q, d = q[4:], d[3:] {
				d[0], d[1], d[2] = color.CMYKToRGB(q[0], q[1], q[2], q[3])
			}
		})
	}
	return fromAny(m)
}

func byRow(w, h int, row func(d []uint8, y int)) *Image {
	m := NewImage(w, h)
	for y := range h {
		row(m.Pix[3*y*w:3*(y+1)*w], y)
	}
	return m
}

// fromAny converts pixel by pixel: 16-bit pictures and types that no decoder here makes.
func fromAny(m image.Image) *Image {
	b := m.Bounds()
	at := func(x, y int) color.RGBA64 {
		r, g, b, a := m.At(x, y).RGBA()
		return color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)}
	}
	if s, ok := m.(image.RGBA64Image); ok {
		at = s.RGBA64At // no allocation per pixel
	}
	return byRow(b.Dx(), b.Dy(), func(d []uint8, y int) {
		for x := range b.Dx() {
			p := onWhite64(at(b.Min.X+x, b.Min.Y+y))
			copy(d[3*x:], p[:])
		}
	})
}

// onWhite64 composites a premultiplied 16-bit colour over white.
func onWhite64(c color.RGBA64) [3]uint8 {
	white := 0xffff - uint32(c.A)
	over := func(v uint16) uint8 { return uint8(min(0xffff, uint32(v)+white) >> 8) }
	return [3]uint8{over(c.R), over(c.G), over(c.B)}
}

func fromPaletted(s *image.Paletted) *Image {
	d := NewImage(s.Rect.Dx(), s.Rect.Dy())
	d.paste(s, 0, 0)
	return d
}

// paste puts s, composited over white, into d with its top left corner at (x, y). It must fit.
func (m *Image) paste(s *image.Paletted, x, y int) {
	var table [256][3]uint8
	for i, c := range s.Palette {
		r, g, b, a := c.RGBA()
		table[i] = onWhite64(color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)})
	}
	w := s.Rect.Dx()
	for k := range s.Rect.Dy() {
		i := s.PixOffset(s.Rect.Min.X, s.Rect.Min.Y+k)
		d := m.Pix[3*((y+k)*m.W+x):]
		for x, v := range s.Pix[i : i+w] {
			copy(d[3*x:3*x+3], table[v][:])
		}
	}
}

// fromGIF puts a frame on its canvas of w × h; what the frame leaves free is white. The frame lies in the canvas.
func fromGIF(frame *image.Paletted, w, h int) *Image {
	d := NewImage(w, h)
	if frame.Rect != image.Rect(0, 0, w, h) {
		for i := range d.Pix {
			d.Pix[i] = 255
		}
	}
	d.paste(frame, frame.Rect.Min.X, frame.Rect.Min.Y)
	return d
}
