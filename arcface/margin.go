package arcface

import "math"

// Margin is the family s·(cos(m1·θ + m2) − m3) of Deng et al., CVPR 2019 (ArcFace), eq. 4: what becomes of the
// logit s·cos θ of a sample's own class in training, θ the angle in radians between embedding and class weight.
// All other logits are s·cos θ.
//
// Where m1 = 1 and θ > π − m2, cos(θ+m2) would rise again; the logit goes on as s·(cos θ − m2·sin m2 − m3), so
// that it falls all the way to π (the continuation of the authors' code and of pytorch-metric-learning). For m1 ≠ 1
// the formula is taken as it stands, as in the authors' code: it is monotone only while m1·θ + m2 ≤ π.
type Margin struct {
	S  float64 // scale s > 0
	M1 float64 // multiplies the angle (SphereFace), ≥ 1
	M2 float64 // added to the angle, radians (ArcFace), in [0, π)
	M3 float64 // taken from the cosine (CosFace), ≥ 0
}

// ArcFace returns the additive angular margin of Deng et al., CVPR 2019, eq. 3: s·cos(θ+m), m in radians.
// The paper uses s = 64, m = 0.5.
func ArcFace(s, m float64) Margin { return Margin{S: s, M1: 1, M2: m} }

// CosFace returns the additive cosine margin of Wang et al., CVPR 2018, eq. 4: s·(cos θ − m). The paper uses
// s = 64, m = 0.35.
func CosFace(s, m float64) Margin { return Margin{S: s, M1: 1, M3: m} }

// SphereFace returns the multiplicative angular margin of Liu et al., CVPR 2017: s·cos(m·θ), on normalised
// embeddings with a scale as in Deng et al., section 2.2. The piecewise ψ of SphereFace for mθ > π is not used; m =
// 1.35 is a usual value.
func SphereFace(s, m float64) Margin { return Margin{S: s, M1: m} }

// Combined returns s·(cos(m1·θ + m2) − m3), Deng et al., eq. 4. The paper's CM2 is m1 = 1, m2 = 0.3, m3 = 0.2.
func Combined(s, m1, m2, m3 float64) Margin { return Margin{S: s, M1: m1, M2: m2, M3: m3} }

// Plain returns no margin: softmax on s times the cosines (Wang et al., NormFace, 2017).
func Plain(s float64) Margin { return Margin{S: s, M1: 1} }

// Target returns the target cosine v of an angle theta in [0, π] before scaling, cos(m1·θ+m2) − m3 or its
// continuation, and slope = dv/dcos θ = m1·sin(m1·θ+m2)/sin θ (1 on the continuation). At θ = 0 and π, where the
// slope is infinite but the gradient it multiplies is 0, sin θ is held at 1e-9.
func (m Margin) Target(theta float64) (v, slope float64) {
	switch {
	case m.M1 == 1 && m.M2 == 0:
		return math.Cos(theta) - m.M3, 1
	case m.M1 == 1 && m.M2 > 0 && theta > math.Pi-m.M2:
		return math.Cos(theta) - m.M2*math.Sin(m.M2) - m.M3, 1
	}
	sin, cos := math.Sincos(m.M1*theta + m.M2)
	return cos - m.M3, m.M1 * sin / math.Max(math.Sin(theta), 1e-9)
}

func (m Margin) check() {
	for _, v := range [...]float64{m.S, m.M1, m.M2, m.M3} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			panic(errMargin)
		}
	}
	if m.S <= 0 || m.M1 < 1 || m.M2 < 0 || m.M2 >= math.Pi || m.M3 < 0 {
		panic(errMargin)
	}
}
