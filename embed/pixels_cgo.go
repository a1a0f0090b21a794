package embed

/*
#cgo CFLAGS: -O3 -std=c11
#cgo noescape fid_ycc
#cgo nocallback fid_ycc
#cgo noescape fid_resize
#cgo nocallback fid_resize
#cgo noescape fid_tensor
#cgo nocallback fid_tensor
#cgo noescape fid_orient
#cgo nocallback fid_orient
#cgo noescape fid_addrow
#cgo nocallback fid_addrow
#cgo noescape fid_warp
#cgo nocallback fid_warp
#include "pixels.h"
*/
import "C"

import (
	"image"
	"runtime"
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
	C.fid_ycc(cu8(d.Pix), cu8(y), C.int(m.YStride), cu8(cb), cu8(cr), C.int(m.CStride), C.int(w), C.int(h), C.int(cw),
		C.int(ch),
		C.int(sx), C.int(sy), ci32(c[:]), (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(scratch))))
}

// taps says where each target sample along one axis comes from: two source places and their weights, of 2048 in all.
type taps struct{ a, b, wa, wb []int32 }

// cNorm is norm as C reads it.
type cNorm struct {
	src         [3]C.int
	scale, bias [3]C.float
}

func (n *norm) c() cNorm {
	var k cNorm
	for c := range 3 {
		k.src[c], k.scale[c], k.bias[c] = C.int(n.src[c]), C.float(n.scale[c]), C.float(n.bias[c])
	}
	return k
}

// sample writes len(x.a) × len(y.a) samples of s, whose rows are pitch bytes apart, to the planes of dst, which are
// plane values apart and have lines of line values. x counts in bytes, y in rows.
func sample(dst []float32, plane, line int, n norm, s []uint8, pitch int, x, y taps) {
	w, h := len(x.a), len(y.a)
	_ = dst[:(n.channels-1)*plane+(h-1)*line+w]
	for i := range y.a { // both ends of a row that is read
		_, _ = s[int(y.a[i])*pitch:], s[int(max(y.a[i], y.b[i]))*pitch+int(max(x.a[w-1], x.b[w-1]))+2]
	}
	// The arrays that taps point to are passed inside a struct, which cgo asks to be pinned.
	var pin runtime.Pinner
	defer pin.Unpin()
	c := func(t taps) C.fid_taps {
		for _, p := range [][]int32{t.a, t.b, t.wa, t.wb} {
			pin.Pin(unsafe.SliceData(p))
		}
		return C.fid_taps{a: ci32(t.a), b: ci32(t.b), wa: ci32(t.wa), wb: ci32(t.wb), n: C.int(len(t.a))}
	}
	buf := make([]int32, 6*w)
	k := n.c()
	C.fid_resize(cf32(dst), C.int64_t(plane), C.int64_t(line), C.int(n.channels), &k.src[0], &k.scale[0], &k.bias[0],
		cu8(s), C.int64_t(pitch),
		c(x), c(y), ci32(buf))
}

// tensor writes m to dst as it is, planar, n.channels·W·H values; mirrored flips it left to right on the way.
func (m *Image) tensor(dst []float32, n norm, mirrored bool) {
	_, _ = dst[:n.channels*m.W*m.H], m.Pix[:3*m.W*m.H]
	k := n.c()
	C.fid_tensor(cf32(dst), cu8(m.Pix), C.int(m.W), C.int(m.H), C.int(n.channels), &k.src[0], &k.scale[0], &k.bias[0],
		C.int(b2i(mirrored)))
}

// permute fills d: its pixel (x, y) is pixel at + x·dx + y·dy of m, which must exist.
func (m *Image) permute(d *Image, at, dx, dy int) {
	_, _ = d.Pix[:3*d.W*d.H], m.Pix[:3*m.W*m.H]
	C.fid_orient(cu8(d.Pix), cu8(m.Pix), C.int(d.W), C.int(d.H), C.int64_t(at), C.int64_t(dx), C.int64_t(dy))
}

// addRow adds samples to sums.
func addRow(acc []uint16, s []uint8) {
	_ = acc[:len(s)]
	C.fid_addrow(cu16(acc), cu8(s), C.int(len(s)))
}

// warp fills d: pixel (x, y) of d is m at inv(x, y), bilinear; outside m lies the colour out.
func (m *Image) warp(d *Image, inv Similarity, out [3]uint8) {
	_, _ = d.Pix[:3*d.W*d.H], m.Pix[:3*m.W*m.H]
	k := [4]C.double{C.double(inv.A), C.double(inv.B), C.double(inv.TX), C.double(inv.TY)}
	C.fid_warp(cu8(d.Pix), C.int(d.W), C.int(d.H), cu8(m.Pix), C.int(m.W), C.int(m.H), &k[0], cu8(out[:]))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
