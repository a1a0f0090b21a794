package arcface

// Label smoothing costs no pass over the logits. With z the logits in play, c of them, the loss of the target
// (1−ε)·onehot + ε/c is that of the onehot target + ε·(z_y − mean z): what it adds to the gradient of every cosine is
// the same, −α·s·ε/(n·c), so two sums of unit rows give it to dX and dW, and mean z too.

const sumChunk = 64 // dimensions per piece

// sums adds the unit rows of W in play, and those of x times their α, over dimensions [l0, l1).
func (s *step) sums(l0, l1 int) {
	var sum [sumChunk]float64
	write := func(dst []float32) {
		for l := range l1 - l0 {
			dst[l0+l], sum[l] = float32(sum[l]), 0
		}
	}
	for r := range s.rows {
		inv := float64(s.invW[r])
		for l, v := range s.row(r)[l0:l1] {
			sum[l] += inv * float64(v)
		}
	}
	write(s.sumW)
	for i := range s.n {
		f := s.alpha(i) * float64(s.invX[i])
		for l, v := range s.x.Data[i*s.x.Stride:][l0:l1] {
			sum[l] += f * float64(v)
		}
	}
	write(s.sumAX)
}

// meanLogit is the mean over the classes in play for a sample x, whose own has the cosine v after the margin.
func (s *step) meanLogit(x []float32, t *target, v float64) float64 {
	var dot float64
	for l, w := range s.sumW {
		dot += float64(x[l]) * float64(w)
	}
	return s.h.Margin.S * (dot*t.invX - t.cos + v) / s.classCount()
}

func (s *step) classCount() float64 { return float64(s.rows / s.k) }

// even is what smoothing takes from the gradient of each cosine of a sample of weight alpha.
func (s *step) even(alpha float64) float64 { return alpha * s.scale * s.smoothing / s.classCount() }

func (s *step) alpha(i int) float64 {
	if s.h.Alpha == nil {
		return 1
	}
	return s.h.Alpha[s.y[i]]
}
