package detect

import (
	"faceid/embed/photo"
)

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

// ultraFacePriors are the sides of the boxes in pixels of the input that UltraFace starts from, for each stride
// (Linzaer, Ultra-Light-Fast-Generic-Face-Detector-1MB, vision/ssd/config/fd_config.py). A graph for one size has them
// built in, no larger than the input, their centres spread evenly over it.
var ultraFacePriors = [][]float32{{10, 16, 24}, {32, 48}, {64, 96}, {128, 192, 256}}

// decodeUltraFaceMaps reads UltraFace before its priors, for an input of any size: for each stride a map of logits,
// background and face of each prior, then for each a map of places, four of each prior: the centre in tenths of the
// prior's sides, the logarithms of the sides in fifths. A map is planes of rows of cells.
func decodeUltraFaceMaps(o *outputs, w, h int, minScore float32, d []Detection) ([]Detection, error) {
	least := float32(Logit(minScore))
	err := o.ultraFace(w, h, func(z float32, p prior) {
		if z >= least {
			d = append(d, Detection{Box: p.box(), Score: 1 / (1 + exp32(-z))})
		}
	})
	return d, err
}

// prior is one of the boxes that UltraFace starts from, and where what it says of it is written.
type prior struct {
	side             float32   // pixels
	places           []float32 // of the prior in the first cell, planes of cells
	cell, cols, rows int
	w, h             float32 // of the input
}

// box returns where the face is.
func (p *prior) box() photo.Box {
	n := p.cols * p.rows
	x := (float32(p.cell%p.cols) + 0.5) * p.w / float32(p.cols)
	y := (float32(p.cell/p.cols) + 0.5) * p.h / float32(p.rows)
	v := p.places[p.cell:]
	pw, ph := min(p.side, p.w), min(p.side, p.h)
	x, y = x+0.1*v[0]*pw, y+0.1*v[n]*ph
	bw, bh := exp32(0.2*v[2*n])*pw/2, exp32(0.2*v[3*n])*ph/2
	return photo.Box{X0: x - bw, Y0: y - bh, X1: x + bw, Y1: y + bh}
}

// ultraFace calls f with the log-odds of each prior, level by level, row by row.
func (o *outputs) ultraFace(w, h int, f func(z float32, p prior)) error {
	const want = "logits and places for each of UltraFace's strides"
	k := len(ultraFacePriors)
	if len(o.v) != 2*k || len(o.strides) != k {
		return o.bad(want)
	}
	for l, sides := range ultraFacePriors {
		stride := o.strides[l]
		cols, rows := (w+stride-1)/stride, (h+stride-1)/stride
		n := cols * rows
		logit, places := o.v[l], o.v[k+l]
		if len(logit) != 2*len(sides)*n || len(places) != 4*len(sides)*n {
			return o.bad(want)
		}
		for i := range n {
			for a, side := range sides {
				f(logit[(2*a+1)*n+i]-logit[2*a*n+i],
					prior{side, places[4*a*n : 4*(a+1)*n], i, cols, rows, float32(w), float32(h)})
			}
		}
	}
	return nil
}

// ultraFaceOutputs makes of the maps what the whole graph answers: scores and boxes.
func (o *outputs) ultraFaceOutputs(w, h int) (v [][]float32, err error) {
	var scores, boxes []float32
	err = o.ultraFace(w, h, func(z float32, p prior) {
		s, b := 1/(1+exp32(-z)), p.box()
		scores = append(scores, 1-s, s)
		boxes = append(boxes, b.X0/p.w, b.Y0/p.h, b.X1/p.w, b.Y1/p.h)
	})
	return [][]float32{scores, boxes}, err
}
