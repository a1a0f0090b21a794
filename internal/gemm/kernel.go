package gemm

import "slices"

// kernels are the names of what this process can run, slowest first; "go" is plain Go.
var kernels = append([]string{"go"}, cKernels()...)

// isa is the active kernel: −1 plain Go, else C's number.
var isa = len(kernels) - 2

// tiles are mr and nr of each kernel.
var tiles = func() [][2]int {
	t := [][2]int{{plainMR, plainNR}}
	for i := range kernels[1:] {
		mr, nr := cTile(i)
		t = append(t, [2]int{mr, nr})
	}
	return t
}()

// Kernels returns the kernels that this CPU and build can run, slowest first: "go", "base" or "neon", "avx2", "avx512".
func Kernels() []string { return slices.Clone(kernels) }

// Kernel returns the name of the active kernel; at start the last of Kernels.
func Kernel() string { return kernels[isa+1] }

// Use makes name, one of Kernels, the active kernel and reports whether it is there. It is for tests and
// diagnosis: nothing may be running meanwhile.
func Use(name string) bool {
	i := slices.Index(kernels, name)
	if i >= 0 {
		isa = i - 1
	}
	return i >= 0
}

// Tile returns the shape of the active kernel's register tile: A is packed in panels of mr rows, B of nr columns.
func Tile() (mr, nr int) {
	t := tiles[isa+1]
	return t[0], t[1]
}

// PackedLen is the length of k × w elements packed into panels of width p.
func PackedLen(k, w, p int) int { return (w + p - 1) / p * p * k }

// Pack packs the k × w matrix src (w × k if trans) with row stride ld into panels of width p, each k × p row-major, the
// last filled up with zeros. Element (i, j) is multiplied by sk[i] and sw[j]; nil means 1.
func Pack(dst, src []float32, ld, k, w, p int, trans bool, sk, sw []float32) {
	if k == 0 || w == 0 {
		return
	}
	_ = dst[PackedLen(k, w, p)-1]
	if trans {
		_ = src[(w-1)*ld+k-1]
	} else {
		_ = src[(k-1)*ld+w-1]
	}
	if sk != nil {
		_ = sk[k-1]
	}
	if sw != nil {
		_ = sw[w-1]
	}
	if isa < 0 {
		plainPack(dst, src, ld, k, w, p, trans, sk, sw)
		return
	}
	cPack(isa, dst, src, ld, k, w, p, trans, sk, sw)
}

// Macro sets c (m × n, row stride ldc) to alpha·A·B, or adds that if add, on one core; a holds A in panels of mr
// rows, b holds B in panels of nr columns (see Tile and Pack).
func Macro(m, n, k int, a, b, c []float32, ldc int, alpha float32, add bool) {
	if m == 0 || n == 0 {
		return
	}
	mr, nr := Tile()
	_, _, _ = a[:PackedLen(k, m, mr)], b[:PackedLen(k, n, nr)], c[(m-1)*ldc+n-1]
	if isa < 0 {
		plainMacro(m, n, k, a, b, c, ldc, alpha, add)
		return
	}
	cMacro(isa, m, n, k, a, b, c, ldc, alpha, add)
}

// Softmax works down the columns of the m × n logits z (row stride ld): max[i] is the largest of column i but at
// least floor, z becomes exp(z − max[i]) to 2 units in the last place (0 below exp(−87.3), and for −Inf), and sum[i]
// its sum over the column.
func Softmax(z []float32, ld, m, n int, floor float32, max, sum []float32) {
	if m > 0 && n > 0 {
		_ = z[(m-1)*ld+n-1]
	}
	max, sum = max[:n], sum[:n]
	if isa < 0 {
		plainSoftmax(z, ld, m, n, floor, max, sum)
		return
	}
	cSoftmax(isa, z, ld, m, n, floor, max, sum)
}

// SumSq sets out[j] to the sum of squares of row j of x (m × d, row stride ld), in float64.
func SumSq(x []float32, ld, m, d int, out []float64) {
	if m == 0 || d == 0 {
		clear(out[:m])
		return
	}
	_, _ = x[(m-1)*ld+d-1], out[m-1]
	if isa < 0 {
		plainSumSq(x, ld, m, d, out)
		return
	}
	cSumSq(isa, x, ld, m, d, out)
}

// Project turns each row of g (m × d), the gradient with respect to the unit row ŵ = w·inv, into the gradient with
// respect to w: (g − (g·ŵ) ŵ)·inv. inv[j] = 0 gives 0.
func Project(g []float32, ldg int, w []float32, ldw int, inv []float32, m, d int) {
	if m == 0 || d == 0 {
		return
	}
	_, _, _ = g[(m-1)*ldg+d-1], w[(m-1)*ldw+d-1], inv[m-1]
	if isa < 0 {
		plainProject(g, ldg, w, ldw, inv, m, d)
		return
	}
	cProject(isa, g, ldg, w, ldw, inv, m, d)
}

// Axpy adds a·x to y.
func Axpy(y, x []float32, a float32) {
	x = x[:len(y)]
	if isa < 0 {
		plainAxpy(y, x, a)
		return
	}
	cAxpy(isa, y, x, a)
}

// SqDist sets out[j] to the squared Euclidean distance of x (d long) to row j of c (m × d, row stride ldc).
func SqDist(x, c []float32, ldc, m, d int, out []float32) {
	if m == 0 || d == 0 {
		clear(out[:m])
		return
	}
	_, _, _ = x[d-1], c[(m-1)*ldc+d-1], out[m-1]
	if isa < 0 {
		plainSqDist(x, c, ldc, m, d, out)
		return
	}
	cSqDist(isa, x, c, ldc, m, d, out)
}
