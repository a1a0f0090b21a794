//go:build !cgo

package gemm

const noC = "gemm: no C kernel in this build"

func cKernels() []string { return nil }

func cTile(isa int) (mr, nr int) { panic(noC) }

func cMacro(isa, m, n, k int, a, b, c []float32, ldc int, alpha float32, add bool) { panic(noC) }

func cPack(isa int, dst, src []float32, ld, k, w, p int, trans bool, sk, sw []float32) { panic(noC) }

func cSoftmax(isa int, z []float32, ld, m, n int, floor float32, max, sum []float32) { panic(noC) }

func cSumSq(isa int, x []float32, ld, m, d int, out []float64) { panic(noC) }

func cProject(isa int, g []float32, ldg int, w []float32, ldw int, inv []float32, m, d int) {
	panic(noC)
}

func cAxpy(isa int, y, x []float32, a float32) { panic(noC) }

func cSqDist(isa int, x, c []float32, ldc, m, d int, out []float32) { panic(noC) }
