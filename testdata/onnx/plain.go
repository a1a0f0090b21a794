package main

import "math"

// The operators of the models, as plain loops in float64 over one image.

// maps is channels × h × w.
type maps struct {
	c, h, w int
	v       []float64
}

func newMaps(c, h, w int) maps { return maps{c, h, w, make([]float64, c*h*w)} }

func (m maps) at(c, y, x int) *float64 { return &m.v[(c*m.h+y)*m.w+x] }

func fromTensor(t []float32, c, h, w int) maps {
	m := newMaps(c, h, w)
	for i, v := range t {
		m.v[i] = float64(v)
	}
	return m
}

// averagePool has windows of k × k with pad pixels of zero around the picture, which count.
func averagePool(m maps, k, stride, pad int) maps {
	o := newMaps(m.c, (m.h+2*pad-k)/stride+1, (m.w+2*pad-k)/stride+1)
	for c := range o.c {
		for y := range o.h {
			for x := range o.w {
				var s float64
				for i := max(0, y*stride-pad); i < min(m.h, y*stride-pad+k); i++ {
					for j := max(0, x*stride-pad); j < min(m.w, x*stride-pad+k); j++ {
						s += *m.at(c, i, j)
					}
				}
				*o.at(c, y, x) = s / float64(k*k)
			}
		}
	}
	return o
}

// conv has weights out × in × k × k and a bias, and no padding.
func conv(m maps, w, b []float32, k, stride int) maps {
	o := newMaps(len(b), (m.h-k)/stride+1, (m.w-k)/stride+1)
	for c := range o.c {
		for y := range o.h {
			for x := range o.w {
				s := float64(b[c])
				for d := range m.c {
					for i := range k {
						for j := range k {
							s += float64(w[((c*m.c+d)*k+i)*k+j]) * *m.at(d, y*stride+i, x*stride+j)
						}
					}
				}
				*o.at(c, y, x) = s
			}
		}
	}
	return o
}

func relu(m maps) maps {
	for i, v := range m.v {
		m.v[i] = max(v, 0)
	}
	return m
}

func sigmoid(v []float64) []float64 {
	o := make([]float64, len(v))
	for i, x := range v {
		o[i] = 1 / (1 + math.Exp(-x))
	}
	return o
}

// means is the mean of each channel.
func means(m maps) []float64 {
	o := make([]float64, m.c)
	for c := range o {
		for _, v := range m.v[c*m.h*m.w : (c+1)*m.h*m.w] {
			o[c] += v / float64(m.h*m.w)
		}
	}
	return o
}

// dense is W·t + b, W one row per output.
func dense(w, b []float32, t []float64) []float64 {
	o := make([]float64, len(b))
	for i := range o {
		o[i] = float64(b[i])
		for j, v := range t {
			o[i] += float64(w[i*len(t)+j]) * v
		}
	}
	return o
}

// cells is a map read cell by cell, the channels of a cell side by side: what Transpose and Reshape make of it.
func cells(m maps) []float64 {
	var o []float64
	for y := range m.h {
		for x := range m.w {
			for c := range m.c {
				o = append(o, *m.at(c, y, x))
			}
		}
	}
	return o
}

func to32(v []float64) []float32 {
	o := make([]float32, len(v))
	for i, x := range v {
		o[i] = float32(x)
	}
	return o
}
