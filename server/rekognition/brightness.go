package rekognition

import (
	"crypto/sha256"
	"math"

	"faceid/embed"
	"faceid/embed/photo"
	"faceid/server/host"
)

// sent remembers a photo of the request, by which its faces' brightness is told; see brightness.
func (c *call) sent(b []byte) embed.Input {
	if c.photos == nil {
		c.photos = map[[32]byte][]byte{}
	}
	c.photos[sha256.Sum256(b)] = b
	return host.InputOf(host.Upload{Data: b}, "")
}

// brightness is the mean luma (ITU-R BT.601) of a face's box in a photo that was sent, from 0 to 100. It is taken from
// the photo read small, which costs little; 0 where there are no pixels.
func (c *call) brightness(box photo.Box, sum [32]byte) float64 {
	m := c.small[sum]
	if m == nil {
		l := c.h.Limits()
		shrink := func(w, h int) int {
			k := 1
			for k < 8 && min(w, h)/(2*k) >= 240 {
				k *= 2
			}
			return k
		}
		var err error
		o := &photo.DecodeOptions{MaxBytes: l.Photo, MaxPixels: l.Pixels}
		if m, _, err = photo.Read(c.ctx, c.photos[sum], o, shrink); err != nil {
			return 0 // it was read before: the client is gone
		}
		if c.small == nil {
			c.small = map[[32]byte]*photo.Image{}
		}
		c.small[sum] = m
	}
	b := box.Scale(1 / float32(m.Times()))
	x0, y0 := max(0, int(b.X0)), max(0, int(b.Y0))
	x1, y1 := min(m.W, int(math.Ceil(float64(b.X1)))), min(m.H, int(math.Ceil(float64(b.Y1))))
	sum601, n := 0.0, 0
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			p := m.Pix[3*(y*m.W+x):]
			sum601 += 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum601 / float64(n) / 2.55
}
