package detect

import (
	"math"

	"faceid/embed/photo"
)

// decodeYuNet reads YuNet's outputs (Wu et al., Machine Intelligence Research 20, 2023; the decoding is OpenCV's
// FaceDetectorYN): for each stride, in four groups, cls and obj with one value per cell, bbox with four (centre offset,
// log size) and kps with ten, all in units of the stride. The score is √(cls·obj).
func decodeYuNet(o *outputs, w, h int, minScore float32, d []Detection) ([]Detection, error) {
	k := len(o.strides)
	if k == 0 || len(o.v) != 4*k {
		return nil, o.bad("cls, obj, bbox and kps for each stride")
	}
	for l, stride := range o.strides {
		cols, rows := w/stride, h/stride
		cls, obj, bbox, kps := o.v[l], o.v[k+l], o.v[2*k+l], o.v[3*k+l]
		n := cols * rows
		if len(cls) != n || len(obj) != n || len(bbox) != 4*n || len(kps) != 10*n {
			return nil, o.bad("cls, obj, bbox and kps for each stride")
		}
		s := float32(stride)
		// √(cls·obj) ≥ minScore; the product is compared first, so that the root is taken for the few that pass.
		limit := minScore * minScore
		for i := range n {
			p := min(max(cls[i], 0), 1) * min(max(obj[i], 0), 1)
			if !(p >= limit) {
				continue
			}
			x, y := float32(i%cols), float32(i/cols)
			b := bbox[4*i : 4*i+4]
			cx, cy := (x+b[0])*s, (y+b[1])*s
			bw, bh := exp32(b[2])*s/2, exp32(b[3])*s/2
			q := kps[10*i : 10*i+10]
			var pts photo.Landmarks
			for j := range pts {
				pts[j] = photo.Point{X: (x + q[2*j]) * s, Y: (y + q[2*j+1]) * s}
			}
			d = append(d, Detection{Box: photo.Box{X0: cx - bw, Y0: cy - bh, X1: cx + bw, Y1: cy + bh},
				Score: float32(math.Sqrt(float64(p))), Points: &pts})
		}
	}
	return d, nil
}

func exp32(x float32) float32 { return float32(math.Exp(float64(x))) }
