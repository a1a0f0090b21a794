package photo

/*
#cgo CFLAGS: -O3 -std=c11
#cgo noescape fid_ycc
#cgo nocallback fid_ycc
#cgo noescape fid_orient
#cgo nocallback fid_orient
#include "pixels.h"
*/
import "C"

import (
	"image"
	"unsafe"
)

func cu8(p []uint8) *C.uint8_t  { return (*C.uint8_t)(unsafe.SliceData(p)) }
func ci32(p []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(p)) }

// convertYCC fills d from m, whose chroma is subsampled by sx and sy, each 1 or 2.
func convertYCC(d *Image, m *image.YCbCr, sx, sy int, k *yccMatrix) {
	w, h := d.W, d.H
	cw, ch := (w+sx-1)/sx, (h+sy-1)/sy
	y0, c0 := m.YOffset(m.Rect.Min.X, m.Rect.Min.Y), m.COffset(m.Rect.Min.X, m.Rect.Min.Y)
	y := m.Y[y0 : y0+(h-1)*m.YStride+w]
	n := (ch-1)*m.CStride + cw
	cb, cr := m.Cb[c0:c0+n], m.Cr[c0:c0+n]
	_ = d.Pix[:3*w*h]
	scratch := make([]uint16, 3*cw)
	c := [8]int32{k.ky, k.rv, k.gu, k.gv, k.bu, k.r, k.g, k.b}
	C.fid_ycc(cu8(d.Pix), cu8(y), C.int(m.YStride), cu8(cb), cu8(cr), C.int(m.CStride), C.int(w), C.int(h), C.int(cw),
		C.int(ch),
		C.int(sx), C.int(sy), ci32(c[:]), (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(scratch))))
}

// permute fills d: its pixel (x, y) is pixel at + x·dx + y·dy of m, which must exist.
func (m *Image) permute(d *Image, at, dx, dy int) {
	_, _ = d.Pix[:3*d.W*d.H], m.Pix[:3*m.W*m.H]
	C.fid_orient(cu8(d.Pix), cu8(m.Pix), C.int(d.W), C.int(d.H), C.int64_t(at), C.int64_t(dx), C.int64_t(dy))
}
