package photo

import (
	"encoding/binary"
	"image"
)

// firstOfWebP returns the first picture of an animated WebP as a file of its own, and its place on the canvas, whose
// sides are w × h: WebP Container Specification, sections "Extended File Format" and "Animation". ok is false for a
// file that is not animated.
func firstOfWebP(b []byte) (still []byte, at image.Point, w, h int, ok bool) {
	canvas := riffChunk(b, "VP8X")
	if len(canvas) < 10 || canvas[0]&2 == 0 {
		return nil, at, 0, 0, false
	}
	u24 := func(p []byte) int { return int(p[0]) | int(p[1])<<8 | int(p[2])<<16 }
	w, h = u24(canvas[4:])+1, u24(canvas[7:])+1
	frame := riffChunk(b, "ANMF")
	if len(frame) < 16 {
		return nil, at, 0, 0, false
	}
	at = image.Pt(2*u24(frame), 2*u24(frame[3:]))
	head := []byte{0, 0, 0, 0, frame[6], frame[7], frame[8], frame[9], frame[10], frame[11]}
	data := frame[16:]
	if len(data) > 4 && string(data[:4]) == "ALPH" {
		head[0] = 1 << 4
	}
	still = append([]byte("RIFF\x00\x00\x00\x00WEBP"), "VP8X\x0a\x00\x00\x00"...)
	still = append(append(still, head...), data...)
	binary.LittleEndian.PutUint32(still[4:], uint32(len(still)-8))
	return still, at, w, h, true
}

// onCanvas returns m at a place of a white canvas of w × h.
func (m *Image) onCanvas(at image.Point, w, h int) *Image {
	if at == (image.Point{}) && m.W == w && m.H == h {
		return m
	}
	d := NewImage(w, h)
	for i := range d.Pix {
		d.Pix[i] = 255
	}
	for y := range m.H {
		copy(d.Pix[3*((at.Y+y)*w+at.X):], m.Pix[3*y*m.W:3*(y+1)*m.W])
	}
	return d
}
