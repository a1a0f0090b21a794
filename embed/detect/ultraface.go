package detect

import "faceid/embed/photo"

// decodeUltraFace reads UltraFace's outputs: scores, n × 2 (background, face), and boxes, n × 4 as corners in 0 to 1 of
// the input, both with the softmax and the priors applied in the graph.
func decodeUltraFace(o *outputs, w, h int, minScore float32, d []Detection) ([]Detection, error) {
	if len(o.v) != 2 || len(o.v[0])/2 != len(o.v[1])/4 {
		return nil, o.bad("scores n × 2 and boxes n × 4")
	}
	score, box := o.v[0], o.v[1]
	fw, fh := float32(w), float32(h)
	for i := range len(score) / 2 {
		if s := score[2*i+1]; s >= minScore {
			b := box[4*i : 4*i+4]
			d = append(d, Detection{
				Box: photo.Box{X0: b[0] * fw, Y0: b[1] * fh, X1: b[2] * fw, Y1: b[3] * fh}, Score: min(s, 1),
			})
		}
	}
	return d, nil
}
