//go:build cgo

package gemm

/*
#cgo CFLAGS: -O3 -Wno-psabi
#include "kernel_c.h"
#cgo noescape fg_macro
#cgo nocallback fg_macro
#cgo noescape fg_packn
#cgo nocallback fg_packn
#cgo noescape fg_packt
#cgo nocallback fg_packt
#cgo noescape fg_softmax
#cgo nocallback fg_softmax
#cgo noescape fg_sumsq
#cgo nocallback fg_sumsq
#cgo noescape fg_project
#cgo nocallback fg_project
#cgo noescape fg_axpy
#cgo nocallback fg_axpy
#cgo noescape fg_sqdist
#cgo nocallback fg_sqdist
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// cKernels returns the names of the kernels in C that this CPU runs, slowest first. The index is C's isa.
func cKernels() []string {
	names := []string{"base", "avx2", "avx512"}[:C.fg_best()+1]
	if runtime.GOARCH == "arm64" {
		names[0] = "neon"
	}
	return names
}

func cTile(isa int) (mr, nr int) { return int(C.fg_mr(C.int(isa))), int(C.fg_nr(C.int(isa))) }

func ptr(x []float32) *C.float { return (*C.float)(unsafe.Pointer(unsafe.SliceData(x))) }

func cMacro(isa, m, n, k int, a, b, c []float32, ldc int, alpha float32, add bool) {
	var f C.int
	if add {
		f = 1
	}
	C.fg_macro(C.int(isa), C.long(m), C.long(n), C.long(k), ptr(a), ptr(b), ptr(c), C.long(ldc), C.float(alpha), f)
}

func cPack(isa int, dst, src []float32, ld, k, w, p int, trans bool, sk, sw []float32) {
	if trans {
		C.fg_packt(C.int(isa), ptr(dst), ptr(src), C.long(ld), C.long(k), C.long(w), C.long(p), ptr(sk), ptr(sw))
	} else {
		C.fg_packn(C.int(isa), ptr(dst), ptr(src), C.long(ld), C.long(k), C.long(w), C.long(p), ptr(sk), ptr(sw))
	}
}

func cSoftmax(isa int, z []float32, ld, m, n int, floor float32, max, sum []float32) {
	C.fg_softmax(C.int(isa), ptr(z), C.long(ld), C.long(m), C.long(n), C.float(floor), ptr(max), ptr(sum))
}

func cSumSq(isa int, x []float32, ld, m, d int, out []float64) {
	C.fg_sumsq(C.int(isa), ptr(x), C.long(ld), C.long(m), C.long(d), (*C.double)(unsafe.Pointer(unsafe.SliceData(out))))
}

func cProject(isa int, g []float32, ldg int, w []float32, ldw int, inv []float32, m, d int) {
	C.fg_project(C.int(isa), ptr(g), C.long(ldg), ptr(w), C.long(ldw), ptr(inv), C.long(m), C.long(d))
}

func cAxpy(isa int, y, x []float32, a float32) {
	C.fg_axpy(C.int(isa), ptr(y), ptr(x), C.float(a), C.long(len(y)))
}

func cSqDist(isa int, x, c []float32, ldc, m, d int, out []float32) {
	C.fg_sqdist(C.int(isa), ptr(x), ptr(c), C.long(ldc), C.long(m), C.long(d), ptr(out))
}
