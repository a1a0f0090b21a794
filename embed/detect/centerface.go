package detect

import (
	"math"

	"faceid/embed/photo"
)

// decodeCenterFace reads CenterFace's outputs (Xu et al., arXiv 1911.03599; the decoding is the authors' centerface.py)
// for cells of 4 × 4 pixels, row after row: the heat map, the logarithms of height and width in cells, the centres'
// offsets down and right in cells, and five points as ten planes, y and x of each in sizes of the box from its top left
// corner.
func decodeCenterFace(o *outputs, w, h int, minScore float32, d []Detection) ([]Detection, error) {
	const cell = 4
	cols, rows := w/cell, h/cell
	n := cols * rows
	if len(o.v) != 4 || len(o.v[0]) != n || len(o.v[1]) != 2*n || len(o.v[2]) != 2*n || len(o.v[3]) != 10*n {
		return nil, o.bad("heat map, sizes, offsets and points for cells of 4 pixels")
	}
	heat, size, off, pts := o.v[0], o.v[1], o.v[2], o.v[3]
	for i, p := range heat {
		if !(p >= minScore) {
			continue
		}
		bh, bw := exp32(size[i])*cell, exp32(size[n+i])*cell
		x := (float32(i%cols)+off[n+i]+0.5)*cell - bw/2
		y := (float32(i/cols)+off[i]+0.5)*cell - bh/2
		box := photo.Box{X0: x, Y0: y, X1: x + bw, Y1: y + bh}
		f := Detection{Box: box, Score: min(p, 1), Points: new(photo.Landmarks)}
		for j := range f.Points {
			f.Points[j] = photo.Point{X: x + pts[(2*j+1)*n+i]*bw, Y: y + pts[2*j*n+i]*bh}
		}
		if !math.IsInf(float64(f.Box.Area()), 0) {
			d = append(d, f)
		}
	}
	return d, nil
}
