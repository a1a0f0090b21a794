package arcface

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/internal/gemm"
	"faceid/loss"
)

const (
	// rows of W a block: a megabyte of packed class weights at d = 512, a usual second-level cache; fewer means more
	// passes over dX
	blockRows = 504
	// small problems are still cut into about so many blocks, so that there is work for every core
	fewBlocks = 20
	// partial sums of dX, and so the most cores that sum them; never more with more, or the bits would change
	partGroups  = 20
	partFloats  = 20 << 20 // floats that the partial sums may take before there are fewer of them
	sampleChunk = 32       // samples per piece in the phases that run over the batch
)

// phase is what step.Do does.
type phase int

const (
	packX    phase = iota // X̂ᵀ and X̂ into panels
	logits                // a block of W: E = exp(logits − their maximum), a maximum and a sum per sample
	sums                  // a range of dimensions: Σ of unit rows, for smoothing
	join                  // a chunk of samples: softmax over all blocks, loss, gradient factors
	gradient              // a group of blocks: dW of its rows, its part of dX
	finishX               // a chunk of samples: dX from its parts
)

// step is one LossGrad: a gemm.Task of five phases, and the memory that they use again in the next step.
//
// The logits are kept class-major, E[r][i] for row r of W and sample i: maxima and sums over classes are then vector
// operations, and row r of E (n floats) fits into row r of dW (d floats) if n ≤ d. So E lives in dW, each block of
// which is overwritten with its gradient once E's block has been packed. W is read twice, dW written twice and read
// once: all the traffic there is.
type step struct {
	h       *Head
	dX, dW  blas32.General
	x       blas32.General
	y       []int
	classes []int

	n, d, k, rows int // batch, dimensions, sub-centers, rows of W in play
	mr, nr        int
	block, blocks int // rows of W a block, number of blocks
	groups        int
	scale         float64 // of the gradient: S/n
	smoothing     float64
	phase         phase
	bad           atomic.Bool // a row of W is not finite
	e             []float32
	lde           int
	eScratch      []float32
	xT, xH        []float32 // packed: S·X̂ᵀ (d × n) and X̂ (n × d)
	sumX          []float64 // squared norms
	invX, scaleX  []float32 // 1/‖x_i‖ and S/‖x_i‖
	invW          []float32
	blockMax      []float32 // blocks × n: the maximum, in phase join exp(it − row maximum), then the factor of E
	blockSum      []float32 // blocks × n
	pos, order    []int     // class position of each sample's target; samples by it
	best          []int     // row in play of each target's best sub-center
	targets       []target
	sumW          []float32 // Σ_j ŵ_j over the rows in play, where labels are smoothed
	sumAX         []float32 // Σ_i α_i·x̂_i
	parts         []float32 // groups × n × d
	workers       []worker
}

// target is what is known of a sample's own class.
type target struct {
	value float64 // of the sample's loss, weighted
	mean  float64 // of the sample's logits, where labels are smoothed
	g     float64 // gradient of the mean loss with respect to the target's cosine
	cos   float64
	invX  float64 // 1/norm of the sample, of its best class row
	invW  float64
}

// worker is one core's scratch.
type worker struct {
	rows   []float32 // sampled rows of W, gathered
	sum    []float64
	pa, pb []float32
	e      []float32 // a block of E when nobody needs it later
}

func (s *step) run(h *Head, dX, dW, x blas32.General, y, classes []int) float64 {
	s.h, s.dX, s.dW, s.x, s.y, s.classes = h, dX, dW, x, y, classes
	defer s.forget()
	s.prepare()
	s.normX()
	s.do(packX, s.packPieces())
	s.do(logits, s.blocks)
	if s.bad.Load() {
		panic(errFinite)
	}
	if s.smoothing > 0 {
		s.do(sums, (s.d+sumChunk-1)/sumChunk)
	}
	chunks := (s.n + sampleChunk - 1) / sampleChunk
	s.do(join, chunks)
	if dX.Data != nil || dW.Data != nil {
		s.do(gradient, s.groups)
	}
	if dX.Data != nil {
		s.do(finishX, chunks)
	}
	var total float64
	for i := range s.targets[:s.n] {
		total += s.targets[i].value
	}
	return total / float64(s.n)
}

func (s *step) do(p phase, pieces int) {
	s.phase = p
	gemm.Run(pieces, s)
}

// forget drops the caller's memory.
func (s *step) forget() {
	s.h, s.y, s.classes, s.e = nil, nil, nil, nil
	s.dX, s.dW, s.x = blas32.General{}, blas32.General{}, blas32.General{}
}

// prepare sizes everything.
func (s *step) prepare() {
	s.n, s.d, s.k = s.x.Rows, s.x.Cols, max(s.h.Subcenters, 1)
	s.rows = s.h.W.Rows
	if s.classes != nil {
		s.rows = len(s.classes) * s.k
	}
	s.scale = s.h.Margin.S / float64(s.n)
	s.smoothing = s.h.Smoothing
	if s.rows == s.k { // one class takes all, smoothed or not
		s.smoothing = 0
	}
	s.mr, s.nr = gemm.Tile()
	// Whole panels of whole classes: a multiple of mr where k divides it, and of k always.
	s.block = min(blockRows, (s.rows+fewBlocks-1)/fewBlocks)
	s.block = (s.block + s.mr - 1) / s.mr * s.mr
	s.block = (s.block + s.k - 1) / s.k * s.k
	s.blocks = (s.rows + s.block - 1) / s.block
	s.groups = min(s.blocks, partGroups, max(1, partFloats/(s.n*s.d)))
	s.bad.Store(false)

	s.xT = gemm.Aligned(s.xT, gemm.PackedLen(s.d, s.n, s.nr))
	s.sumX = grow(s.sumX, s.n)
	s.invX, s.scaleX = grow(s.invX, s.n), grow(s.scaleX, s.n)
	s.invW = grow(s.invW, s.rows)
	s.blockMax, s.blockSum = grow(s.blockMax, s.blocks*s.n), grow(s.blockSum, s.blocks*s.n)
	s.pos, s.order, s.best = grow(s.pos, s.n), grow(s.order, s.n), grow(s.best, s.n)
	s.targets = grow(s.targets, s.n)
	s.sumW, s.sumAX = grow(s.sumW, s.d), grow(s.sumAX, s.d)
	if s.dX.Data != nil {
		s.parts = gemm.Aligned(s.parts, s.groups*s.n*s.d)
	}
	if s.dW.Data != nil {
		s.xH = gemm.Aligned(s.xH, gemm.PackedLen(s.n, s.d, s.nr))
	}
	switch {
	case s.dX.Data == nil && s.dW.Data == nil:
		s.e, s.lde = nil, s.n // a block at a time, in a worker's scratch
	case s.dW.Data != nil && s.n <= s.d:
		s.e, s.lde = s.dW.Data, s.dW.Stride
	default:
		s.eScratch = gemm.Aligned(s.eScratch, s.rows*s.n)
		s.e, s.lde = s.eScratch, s.n
	}
	for len(s.workers) < gemm.Workers() {
		s.workers = append(s.workers, worker{})
	}
	for w := range s.workers[:gemm.Workers()] {
		s.workers[w].size(s)
	}
	for i, l := range s.y {
		s.pos[i], s.order[i] = l, i
		if s.classes != nil {
			s.pos[i] = find(s.classes, l)
		}
	}
	slices.SortFunc(s.order, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.pos[a], s.pos[b]), cmp.Compare(a, b))
	})
}

func (w *worker) size(s *step) {
	a := gemm.PackedLen(s.d, s.block, s.mr) // a block of W
	b := 0
	if s.dW.Data != nil {
		a = max(a, gemm.PackedLen(s.n, s.block, s.mr)) // a block of Eᵀ
	}
	if s.dX.Data != nil {
		a = max(a, gemm.PackedLen(s.block, s.n, s.mr)) // a block of E
		b = gemm.PackedLen(s.block, s.d, s.nr)
	}
	w.pa, w.pb = gemm.Aligned(w.pa, a), gemm.Aligned(w.pb, b)
	w.sum = grow(w.sum, s.block)
	if s.classes != nil {
		w.rows = gemm.Aligned(w.rows, s.block*s.d)
	}
	if s.e == nil {
		w.e = gemm.Aligned(w.e, s.block*s.n)
	}
}

// grow returns n elements, whatever they hold: s if it is long enough.
func grow[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n)
}

// inverse is 1/√sum, 0 for what counts as a zero row; ok is false for NaN and Inf.
func inverse(sum float64) (inv float64, ok bool) {
	switch {
	case math.IsNaN(sum) || math.IsInf(sum, 0):
		return 0, false
	case sum <= tinyNorm*tinyNorm:
		return 0, true
	}
	return 1 / math.Sqrt(sum), true
}

func (s *step) normX() {
	if !norms(s.x.Data, s.x.Stride, s.n, s.d, s.sumX, s.invX) {
		panic(errFinite)
	}
	for i, v := range s.invX {
		s.scaleX[i] = v * float32(s.h.Margin.S)
	}
}

// Do is one piece of the phase that run has set.
func (s *step) Do(i, wi int) {
	w := &s.workers[wi]
	switch s.phase {
	case packX:
		s.pack(i)
	case logits:
		s.logits(i, w)
	case sums:
		s.sums(i*sumChunk, min((i+1)*sumChunk, s.d))
	case join:
		for j := i * sampleChunk; j < min((i+1)*sampleChunk, s.n); j++ {
			s.target(j)
		}
		s.joinBlocks(i*sampleChunk, min((i+1)*sampleChunk, s.n))
	case gradient:
		s.gradient(i, w)
	case finishX:
		s.finish(i*sampleChunk, min((i+1)*sampleChunk, s.n))
	}
}

// packPieces: X̂ᵀ in pieces of some panels, then X̂ likewise if dW is wanted.
func (s *step) packPieces() int {
	p := (s.n + 2*s.nr - 1) / (2 * s.nr)
	if s.dW.Data != nil {
		p += (s.d + 2*s.nr - 1) / (2 * s.nr)
	}
	return p
}

func (s *step) pack(i int) {
	t := (s.n + 2*s.nr - 1) / (2 * s.nr)
	if i < t {
		at := i * 2 * s.nr
		gemm.Pack(s.xT[at*s.d:], s.x.Data[at*s.x.Stride:], s.x.Stride, s.d, min(2*s.nr, s.n-at), s.nr, true, nil,
			s.scaleX[at:])
		return
	}
	at := (i - t) * 2 * s.nr
	gemm.Pack(s.xH[at*s.n:], s.x.Data[at:], s.x.Stride, s.n, min(2*s.nr, s.d-at), s.nr, false, s.invX, nil)
}

// weights returns the rows [r0, r1) in play of W and their stride.
func (s *step) weights(r0, r1 int, w *worker) ([]float32, int) {
	wm := s.h.W
	if s.classes == nil {
		return wm.Data[r0*wm.Stride:], wm.Stride
	}
	for r := r0; r < r1; r++ {
		copy(w.rows[(r-r0)*s.d:][:s.d], s.row(r))
	}
	return w.rows, s.d
}

// row is row r in play of W.
func (s *step) row(r int) []float32 {
	if s.classes != nil {
		r = s.classes[r/s.k]*s.k + r%s.k
	}
	return s.h.W.Data[r*s.h.W.Stride:][:s.d]
}

// samples returns those whose target lies in the rows [r0, r1), by class.
func (s *step) samples(r0, r1 int) []int {
	a := s.firstSample(r0 / s.k)
	return s.order[a:s.firstSample(r1/s.k)]
}

func (s *step) firstSample(class int) int {
	lo, hi := 0, s.n
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if s.pos[s.order[m]] < class {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

func (s *step) logits(b int, w *worker) {
	r0 := b * s.block
	r1 := min(r0+s.block, s.rows)
	m := r1 - r0
	rows, ld := s.weights(r0, r1, w)
	inv := s.invW[r0:r1]
	if !norms(rows, ld, m, s.d, w.sum[:m], inv) {
		s.bad.Store(true)
		return
	}
	e := w.e
	if s.e != nil {
		e = s.e[r0*s.lde:]
	}
	gemm.Pack(w.pa, rows, ld, s.d, m, s.mr, true, nil, inv)
	gemm.Macro(m, s.n, s.d, w.pa, s.xT, e, s.lde, 1, false)
	if s.k > 1 {
		s.pool(e, m)
	}
	// The target's own logit goes through the margin in float64 later; among the others it does not count.
	none := float32(math.Inf(-1))
	for _, i := range s.samples(r0, r1) {
		first := s.pos[i] * s.k
		s.best[i] = first
		for q := range s.k {
			v := &e[(first-r0+q)*s.lde+i]
			if *v > none {
				s.best[i] = first + q
			}
			*v = none
		}
	}
	// A floor below all logits: where only the target is in a block, its −Inf must not be the maximum.
	gemm.Softmax(e, s.lde, m, s.n, float32(-2*s.h.Margin.S), s.blockMax[b*s.n:], s.blockSum[b*s.n:])
}

// pool leaves of every k rows of a class the largest logit (the first of equals), and makes the others −Inf.
func (s *step) pool(e []float32, m int) {
	none := float32(math.Inf(-1))
	for r := 0; r < m; r += s.k {
		for i := range s.n {
			at := r*s.lde + i
			for q := r + 1; q < r+s.k; q++ {
				p := q*s.lde + i
				if e[p] > e[at] {
					e[at] = none
					at = p
				} else {
					e[p] = none
				}
			}
		}
	}
}

// target computes the angle of sample i with its class, in float64.
func (s *step) target(i int) {
	t := &s.targets[i]
	x, w := s.x.Data[i*s.x.Stride:][:s.d], s.row(s.best[i])
	t.invX, _ = inverse(s.sumX[i])
	var sum float64
	for _, v := range w {
		sum += float64(v) * float64(v)
	}
	t.invW, _ = inverse(sum)
	// 2·atan2(‖x̂−ŵ‖, ‖x̂+ŵ‖) (Kahan).
	var minus, plus float64
	for l, v := range x {
		a, b := float64(v)*t.invX, float64(w[l])*t.invW
		minus += (a - b) * (a - b)
		plus += (a + b) * (a + b)
	}
	theta := 2 * math.Atan2(math.Sqrt(minus), math.Sqrt(plus))
	t.cos = math.Cos(theta)
	if t.invX == 0 || t.invW == 0 {
		theta, t.cos = math.Pi/2, 0 // atan2(0, 0) of two zero rows would be a perfect match
	}
	v, slope := s.h.Margin.Target(theta)
	if s.smoothing > 0 {
		t.mean = s.meanLogit(x, t, v)
	}
	t.value, t.g = s.h.Margin.S*v, slope // joinBlocks goes on from here
}

// joinBlocks finishes the softmax of samples [i0, i1): from each block's maximum and sum to the loss, the gradient of
// the target and, in blockMax, the factor that turns E into the gradient with respect to the cosines.
func (s *step) joinBlocks(i0, i1 int) {
	var top, rest [sampleChunk]float64
	for i := i0; i < i1; i++ {
		top[i-i0] = s.targets[i].value
	}
	for b := range s.blocks {
		for i, v := range s.blockMax[b*s.n+i0 : b*s.n+i1] {
			top[i] = max(top[i], float64(v))
		}
	}
	for b := range s.blocks {
		sums := s.blockSum[b*s.n+i0 : b*s.n+i1]
		for i, v := range s.blockMax[b*s.n+i0 : b*s.n+i1] {
			f := math.Exp(float64(v) - top[i])
			rest[i] += f * float64(sums[i])
			s.blockMax[b*s.n+i0+i] = float32(f)
		}
	}
	for i := i0; i < i1; i++ {
		t := &s.targets[i]
		zy := t.value - top[i-i0]
		ey := math.Exp(zy)
		sum := rest[i-i0] + ey
		q := rest[i-i0] / sum
		a := s.alpha(i)
		value, f := loss.Term(ey/sum, q, logProb(zy, sum, q), s.h.Gamma)
		t.value = a * (value + s.smoothing*(t.value-t.mean))
		f *= a * s.scale
		t.g *= -f*q + a*s.scale*s.smoothing*(1-1/s.classCount())
		t.g += s.even(a) // which the sums take from every class, the target too
		rest[i-i0] = f / sum
	}
	for b := range s.blocks {
		f := s.blockMax[b*s.n+i0 : b*s.n+i1]
		for i := range f {
			f[i] = float32(float64(f[i]) * rest[i])
		}
	}
}

// gradient does the blocks of group g in order.
func (s *step) gradient(g int, w *worker) {
	from, to := g*s.blocks/s.groups, (g+1)*s.blocks/s.groups
	for b := from; b < to; b++ {
		r0 := b * s.block
		r1 := min(r0+s.block, s.rows)
		m := r1 - r0
		rows, ld := s.weights(r0, r1, w)
		inv, f := s.invW[r0:r1], s.blockMax[b*s.n:][:s.n]
		e := s.e[r0*s.lde:]
		if s.dX.Data != nil {
			part := s.parts[g*s.n*s.d:][:s.n*s.d]
			gemm.Pack(w.pa, e, s.lde, m, s.n, s.mr, false, nil, f)
			gemm.Pack(w.pb, rows, ld, m, s.d, s.nr, false, inv, nil)
			gemm.Macro(s.n, s.d, m, w.pa, w.pb, part, s.d, 1, b > from)
		}
		if s.dW.Data == nil {
			continue
		}
		gemm.Pack(w.pa, e, s.lde, s.n, m, s.mr, true, f, nil)
		dW := s.dW.Data[r0*s.dW.Stride:]
		gemm.Macro(m, s.d, s.n, w.pa, s.xH, dW, s.dW.Stride, 1, false) // overwrites e where that lives in dW
		if s.smoothing > 0 {
			for r := range m {
				gemm.Axpy(dW[r*s.dW.Stride:][:s.d], s.sumAX, -float32(s.even(1)))
			}
		}
		gemm.Project(dW, s.dW.Stride, rows, ld, inv, m, s.d)
		for _, i := range s.samples(r0, r1) {
			t, r := &s.targets[i], s.best[i]-r0
			tangent(dW[r*s.dW.Stride:][:s.d], s.x.Data[i*s.x.Stride:][:s.d], rows[r*ld:][:s.d], t.invX, t.invW, t.cos,
				t.g)
		}
	}
}

// finish sums the parts of rows [i0, i1) of dX, always in the same order.
func (s *step) finish(i0, i1 int) {
	for i := i0; i < i1; i++ {
		row, x := s.dX.Data[i*s.dX.Stride:][:s.d], s.x.Data[i*s.x.Stride:][:s.d]
		copy(row, s.parts[i*s.d:][:s.d])
		for g := 1; g < s.groups; g++ {
			gemm.Axpy(row, s.parts[(g*s.n+i)*s.d:], 1)
		}
		if s.smoothing > 0 {
			gemm.Axpy(row, s.sumW, -float32(s.even(s.alpha(i))))
		}
		gemm.Project(row, s.d, x, s.d, s.invX[i:i+1], 1, s.d)
		t := &s.targets[i]
		tangent(row, s.row(s.best[i]), x, t.invW, t.invX, t.cos, t.g)
	}
}

// tangent adds g·(â − cos·b̂)/‖b‖ to dst: what the cosine g is the gradient of gives to raw b. The two terms nearly
// cancel when the angle is small, and g is large then, so this is done in float64 and apart from all other classes.
func tangent(dst, a, b []float32, invA, invB, cos, g float64) {
	g *= invB
	p, q := g*invA, g*cos*invB
	for l := range dst {
		dst[l] = float32(float64(dst[l]) + (p*float64(a[l]) - q*float64(b[l])))
	}
}
