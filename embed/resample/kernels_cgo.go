package resample

/*
#cgo CFLAGS: -O3 -std=c11
#cgo noescape fid_resize
#cgo nocallback fid_resize
#cgo noescape fid_tensor
#cgo nocallback fid_tensor
#cgo noescape fid_average
#cgo nocallback fid_average
#cgo noescape fid_warp
#cgo nocallback fid_warp
#include "kernels.h"
*/
import "C"

import (
	"runtime"
	"unsafe"

	"faceid/embed/photo"
)

func cu8(p []uint8) *C.uint8_t    { return (*C.uint8_t)(unsafe.SliceData(p)) }
func cf32(p []float32) *C.float   { return (*C.float)(unsafe.SliceData(p)) }
func ci32(p []int32) *C.int32_t   { return (*C.int32_t)(unsafe.SliceData(p)) }
func cu16(p []uint16) *C.uint16_t { return (*C.uint16_t)(unsafe.SliceData(p)) }

// taps says where each target sample along one axis comes from: two source places and their weights, of 2048 in all.
type taps struct{ a, b, wa, wb []int32 }

// cNorm is Norm as C reads it.
type cNorm struct {
	src         [3]C.int
	scale, bias [3]C.float
}

func (n *Norm) c() cNorm {
	var k cNorm
	for c := range 3 {
		k.src[c], k.scale[c], k.bias[c] = C.int(n.src[c]), C.float(n.scale[c]), C.float(n.bias[c])
	}
	return k
}

// sample writes len(x.a) × len(y.a) samples of s, whose rows are pitch bytes apart, to the planes of dst, which are
// plane values apart and have lines of line values. x counts in bytes, y in rows.
func sample(dst []float32, plane, line int, n Norm, s []uint8, pitch int, x, y taps) {
	w, h := len(x.a), len(y.a)
	_ = dst[:(n.Channels-1)*plane+(h-1)*line+w]
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
	C.fid_resize(cf32(dst), C.int64_t(plane), C.int64_t(line), C.int(n.Channels), &k.src[0], &k.scale[0], &k.bias[0],
		cu8(s), C.int64_t(pitch),
		c(x), c(y), ci32(buf))
}

// Tensor writes m to dst as it is, planar, n.Channels·W·H values; mirrored flips it left to right on the way.
func Tensor(m *photo.Image, dst []float32, n Norm, mirrored bool) {
	_, _ = dst[:n.Channels*m.W*m.H], m.Pix[:3*m.W*m.H]
	k := n.c()
	C.fid_tensor(cf32(dst), cu8(m.Pix), C.int(m.W), C.int(m.H), C.int(n.Channels), &k.src[0], &k.scale[0], &k.bias[0],
		C.int(b2i(mirrored)))
}

// means fills d with the pixels of s, w × h whose rows start pitch bytes apart, shrunk by k ≤ 256; see average.
func means(d, s []uint8, pitch, w, h, k int, sums []uint16) {
	_, _, _ = d[:3*((w+k-1)/k)*((h+k-1)/k)], s[:(h-1)*pitch+3*w], sums[:3*w]
	C.fid_average(cu8(d), cu8(s), C.int64_t(pitch), C.int(w), C.int(h), C.int(k), cu16(sums))
}

// Warp fills d: pixel (x, y) of d is m at inv(x, y), bilinear; outside m lies the colour out.
func Warp(m, d *photo.Image, inv Similarity, out [3]uint8) {
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
