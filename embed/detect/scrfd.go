package detect

import "faceid/embed/photo"

// decodeSCRFD reads SCRFD's outputs (Guo et al., ICLR 2022): for each stride, in two or three groups, the score, the
// four distances from the anchor to the box's left, top, right and bottom, and, where the model has them, five points
// as offsets from the anchor, all in units of the stride. The anchors of a cell share its top left corner.
func decodeSCRFD(o *outputs, w, h int, minScore float32, d []Detection) ([]Detection, error) {
	k := len(o.strides)
	if k == 0 || o.anchors < 1 || len(o.v) != 2*k && len(o.v) != 3*k {
		return nil, o.bad("score, bbox and kps for each stride")
	}
	points := len(o.v) == 3*k
	for l, stride := range o.strides {
		// A feature map is as large as the convolutions make it: odd sizes are rounded up.
		cols, rows := (w+stride-1)/stride, (h+stride-1)/stride
		n := cols * rows * o.anchors
		score, bbox := o.v[l], o.v[k+l]
		if len(score) != n || len(bbox) != 4*n || points && len(o.v[2*k+l]) != 10*n {
			return nil, o.bad("score, bbox and kps for each stride")
		}
		s := float32(stride)
		for i, p := range score {
			if !(p >= minScore) {
				continue
			}
			cell := i / o.anchors
			x, y := float32(cell%cols)*s, float32(cell/cols)*s
			b := bbox[4*i : 4*i+4]
			box := photo.Box{X0: x - b[0]*s, Y0: y - b[1]*s, X1: x + b[2]*s, Y1: y + b[3]*s}
			f := Detection{Box: box, Score: min(p, 1)}
			if points {
				q := o.v[2*k+l][10*i : 10*i+10]
				f.Points = new(photo.Landmarks)
				for j := range f.Points {
					f.Points[j] = photo.Point{X: x + q[2*j]*s, Y: y + q[2*j+1]*s}
				}
			}
			d = append(d, f)
		}
	}
	return d, nil
}
