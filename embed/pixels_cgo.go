package embed

/*
#cgo CFLAGS: -O3 -std=c11
#cgo noescape fid_ycc
#cgo nocallback fid_ycc
#cgo noescape fid_lines
#cgo nocallback fid_lines
#cgo noescape fid_blend
#cgo nocallback fid_blend
#cgo noescape fid_addrow
#cgo nocallback fid_addrow
#cgo noescape fid_warp
#cgo nocallback fid_warp
#include "pixels.h"
*/
import "C"

import (
	"image"
	"unsafe"
)

func cu8(p []uint8) *C.uint8_t    { return (*C.uint8_t)(unsafe.SliceData(p)) }
func cf32(p []float32) *C.float   { return (*C.float)(unsafe.SliceData(p)) }
func ci32(p []int32) *C.int32_t   { return (*C.int32_t)(unsafe.SliceData(p)) }
func cu16(p []uint16) *C.uint16_t { return (*C.uint16_t)(unsafe.SliceData(p)) }

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
	C.fid_ycc(cu8(d.Pix), cu8(y), C.int(m.YStride), cu8(cb), cu8(cr), C.int(m.CStride), C.int(w), C.int(h), C.int(cw), C.int(ch),
		C.int(sx), C.int(sy), ci32(c[:]), (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(scratch))))
}

// lines interpolates a source row at len(wx) places: planes of R, G and B, or one of grey. x0 and x1 are byte offsets of pixels in s.
func lines(d []float32, s []uint8, x0, x1 []int32, wx []float32, channels int) {
	n := len(wx)
	_, _, _ = d[:n*channels], x0[:n], x1[:n]
	C.fid_lines(cf32(d), cu8(s), ci32(x0), ci32(x1), cf32(wx), C.int(n), C.int(b2i(channels == 1)))
}

// blend sets d to (a + (b − a)·wy)·scale + bias.
func blend(d, a, b []float32, wy, scale, bias float32) {
	n := len(d)
	_, _ = a[:n], b[:n]
	C.fid_blend(cf32(d), cf32(a), cf32(b), C.float(wy), C.float(scale), C.float(bias), C.int(n))
}

// addRow adds samples to sums.
func addRow(acc []uint16, s []uint8) {
	_ = acc[:len(s)]
	C.fid_addrow(cu16(acc), cu8(s), C.int(len(s)))
}

// warp fills d: pixel (x, y) of d is m at inv(x, y), bilinear, black outside.
func (m *Image) warp(d *Image, inv Similarity) {
	_, _ = d.Pix[:3*d.W*d.H], m.Pix[:3*m.W*m.H]
	k := [4]C.double{C.double(inv.A), C.double(inv.B), C.double(inv.TX), C.double(inv.TY)}
	C.fid_warp(cu8(d.Pix), C.int(d.W), C.int(d.H), cu8(m.Pix), C.int(m.W), C.int(m.H), &k[0])
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
