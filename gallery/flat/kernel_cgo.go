//go:build cgo && (amd64 || arm64)

package flat

/*
#cgo CFLAGS: -O3
#include "kernel.h"
#cgo noescape flat_scan
#cgo nocallback flat_scan
#cgo noescape flat_refine
#cgo nocallback flat_refine
#cgo noescape flat_dots
#cgo nocallback flat_dots
*/
import "C"

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/cpu"
)

type cKernel struct {
	id    C.int
	label string
}

func native() []kernel {
	var ks []kernel
	for _, k := range []cKernel{{C.FLAT_AVX512VNNI, "avx512vnni"}, {C.FLAT_AVX2, "avx2"},
		{C.FLAT_NEONDOT, "neon-dotprod"}, {C.FLAT_NEON, "neon"}} {
		if C.flat_has(k.id) == 0 || k.id == C.FLAT_NEONDOT && !cpu.ARM64.HasASIMDDP && runtime.GOOS != "darwin" {
			continue // every Apple CPU that macOS runs on has the extension
		}
		ks = append(ks, k)
	}
	return ks
}

func (k cKernel) name() string { return k.label }

func (k cKernel) scan(h []byte, s, r4 []float32, rows, dp, nq int, e []int8, p []probe, idx, dot,
	count []int32, stride int) {
	if rows == 0 {
		clear(count[:nq])
		return
	}
	pad := (rows + 15) &^ 15
	_, _, _ = h[pad*dp/2-1], s[pad-1], r4[pad-1]
	_, _, _ = idx[nq*stride-1], dot[nq*stride-1], count[nq-1]
	C.flat_scan(k.id, (*C.uint8_t)(&h[0]), (*C.float)(&s[0]), (*C.float)(&r4[0]), C.int(rows), C.int(dp),
		C.int(nq), (*C.int8_t)(&e[0]),
		(*C.flat_probe)(unsafe.Pointer(&p[0])), (*C.int32_t)(&idx[0]), (*C.int32_t)(&dot[0]),
		(*C.int32_t)(&count[0]), C.int(stride))
}

func (k cKernel) refine(l []byte, s, r8 []float32, dp int, e []int8, p *probe, idx, dot []int32, ub []float64) int {
	if len(idx) == 0 {
		return 0
	}
	_, _ = dot[len(idx)-1], ub[len(idx)-1]
	return int(C.flat_refine(k.id, (*C.uint8_t)(&l[0]), (*C.float)(&s[0]), (*C.float)(&r8[0]),
		C.int(dp), (*C.int8_t)(&e[0]),
		(*C.flat_probe)(unsafe.Pointer(p)), (*C.int32_t)(&idx[0]), (*C.int32_t)(&dot[0]),
		C.int(len(idx)), (*C.double)(&ub[0])))
}

func (k cKernel) dots(q, x []float32, n int, out []float64) {
	if n == 0 {
		return
	}
	_, _ = x[n*len(q)-1], out[n-1]
	C.flat_dots(k.id, (*C.float)(&q[0]), (*C.float)(&x[0]), C.int(n), C.int(len(q)), (*C.double)(&out[0]))
}
