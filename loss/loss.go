package loss

import "math"

// Float is the element type of logits and gradients. Sums are float64 in both.
type Float interface{ ~float32 | ~float64 }

// Reduction says how the losses of the n samples become one number. The gradient is of that number.
type Reduction int

const (
	Mean Reduction = iota // Σ_i l_i / n
	Sum                   // Σ_i l_i
	// Σ_i l_i / Σ_i w_i, w_i the class weight of sample i: PyTorch's mean where class weights are given
	WeightedMean
)

// Options tune a loss; nil means the zero value: mean over the samples, weight 1 for every class, no smoothing.
type Options struct {
	Reduction Reduction
	// Weights holds one weight ≥ 0 per class (for focal loss the paper's α_t), nil means 1.
	// Binary losses take two: Weights[0] for target 0, Weights[1] for target 1.
	Weights []float64
	// Smoothing ε in [0, 1): the target is (1−ε)·onehot + ε/c (Szegedy et al., CVPR 2016, section 7); binary: (1−ε)·t +
	// ε/2.
	Smoothing float64
}

const (
	errShape     = "loss: dimension mismatch"
	errLabel     = "loss: label out of range"
	errTarget    = "loss: target out of range"
	errSum       = "loss: targets of a sample must sum to 1"
	errProb      = "loss: probability out of [0, 1]"
	errWeights   = "loss: weights must be one finite number >= 0 per class"
	errSmoothing = "loss: smoothing out of range"
	errGamma     = "loss: gamma must be finite and >= 0"
	errAlpha     = "loss: alpha out of [0, 1]"
	errNaN       = "loss: logit is NaN or infinite"
)

// CrossEntropy returns −Σ_j t_ij log p_ij over the samples i, reduced as o says, where p_i = softmax(z_i) and t_i is
// the one-hot vector of label y[i], smoothed if o asks for it. With Weights the term of class j counts w_j times.
//
// z holds n × c logits, row-major, n = len(y), c = len(z)/n. dz, of the same length, is overwritten with the
// gradient with respect to z; nil skips it, and it may be z itself. Any finite logit is fine: the largest of a
// row is subtracted first. It panics if shapes disagree, a label is outside [0, c), or a logit is not finite.
// No samples: 0.
func CrossEntropy[T Float](dz, z []T, y []int, o *Options) float64 {
	return multi(dz, z, y, 0, o)
}

// Focal returns −α_y (1−p_y)^γ log p_y over the samples, reduced as o says: the focal loss of Lin et al., ICCV 2017,
// eq. 5, on a softmax instead of a sigmoid; α is o.Weights. With γ = 0 it is CrossEntropy, bit for bit.
// Arguments and panics are those of CrossEntropy; it panics too if gamma < 0.
func Focal[T Float](dz, z []T, y []int, gamma float64, o *Options) float64 {
	if !(gamma >= 0) || math.IsInf(gamma, 1) {
		panic(errGamma)
	}
	return multi(dz, z, y, gamma, o)
}

func multi[T Float](dz, z []T, y []int, gamma float64, o *Options) float64 {
	n := len(y)
	if n == 0 {
		if len(z) != 0 || len(dz) != 0 {
			panic(errShape)
		}
		return 0
	}
	c := len(z) / n
	if c == 0 || len(z) != n*c || dz != nil && len(dz) != len(z) {
		panic(errShape)
	}
	if o == nil {
		o = &Options{}
	}
	checkOptions(o, c)
	for _, l := range y {
		if l < 0 || l >= c {
			panic(errLabel)
		}
	}
	norm := o.norm(n, func(i int) float64 { return weight(o.Weights, y[i]) })
	var total float64
	for i, l := range y {
		zi := z[i*c : (i+1)*c]
		var di []T
		if dz != nil {
			di = dz[i*c : (i+1)*c]
		}
		if o.Smoothing != 0 {
			total += softRow(di, zi, func(j int) float64 {
				t := 0.0
				if j == l {
					t = 1
				}
				return o.smooth(t, c) * weight(o.Weights, j)
			}, gamma, norm)
		} else {
			total += row(di, zi, l, gamma, weight(o.Weights, l), norm)
		}
	}
	return total * norm
}

// row is one sample without smoothing: the loss, unreduced, and norm times its gradient.
func row[T Float](dz, z []T, y int, gamma, w, norm float64) float64 {
	max := maxOf(z)
	// The sum without the target, so that 1−p_y keeps its digits when p_y is nearly 1.
	var rest float64
	for j, v := range z {
		if j != y {
			rest += math.Exp(float64(v) - max)
		}
	}
	ey := math.Exp(float64(z[y]) - max)
	sum := rest + ey
	p, q := ey/sum, rest/sum
	logp := logProb(float64(z[y])-max, sum, q)
	value, slope := Term(p, q, logp, gamma)
	if dz != nil {
		f := w * slope * norm
		for j, v := range z {
			if j == y {
				dz[j] = T(-f * q)
			} else {
				dz[j] = T(f * (math.Exp(float64(v)-max) / sum))
			}
		}
	}
	return w * value
}

// Term returns value = −q^γ log p, the focal loss of one sample whose target has probability p (Lin et al., eq. 4),
// and slope = −d value / d log p = q^γ (1 + γ p (−log p)/q), so that the gradient with respect to the logits is
// slope·(p_j − [j = y]). q = 1−p and logp = log p are given apart because neither survives rounding of the other.
// With γ = 0 it is cross-entropy: −log p and 1.
func Term(p, q, logp, gamma float64) (value, slope float64) {
	if gamma == 0 {
		return -logp, 1
	}
	f := math.Pow(q, gamma)
	r := 1.0 // limit of −log(1−q)/q
	if q > 0 {
		r = -logp / q
	}
	pr := 0.0 // p·(−log p) is 0 at p = 0
	if p > 0 {
		pr = p * r
	}
	return -f * logp, f * (1 + gamma*pr)
}

// logProb is log p of a target with shifted logit zy, where p = exp(zy)/sum and q = 1−p.
func logProb(zy, sum, q float64) float64 {
	if q < 0.5 {
		return math.Log1p(-q)
	}
	return zy - math.Log(sum)
}

func maxOf[T Float](z []T) float64 {
	max := math.Inf(-1)
	for _, v := range z {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			panic(errNaN)
		}
		if f > max {
			max = f
		}
	}
	return max
}

func weight(w []float64, j int) float64 {
	if w == nil {
		return 1
	}
	return w[j]
}

// norm is what the sum over samples is multiplied by.
func (o *Options) norm(n int, w func(int) float64) float64 {
	switch o.Reduction {
	case Mean:
		return 1 / float64(n)
	case Sum:
		return 1
	case WeightedMean:
		var s float64
		for i := range n {
			s += w(i)
		}
		if s == 0 {
			return 0 // every weight is 0: so are all terms
		}
		return 1 / s
	}
	panic("loss: unknown reduction")
}

func checkOptions(o *Options, c int) {
	if o.Weights != nil && len(o.Weights) != c {
		panic(errWeights)
	}
	for _, w := range o.Weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			panic(errWeights)
		}
	}
	if !(o.Smoothing >= 0 && o.Smoothing < 1) {
		panic(errSmoothing)
	}
}
