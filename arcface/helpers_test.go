package arcface

import (
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

func like64(m blas64.General) blas64.General {
	return blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: make([]float64, m.Rows*m.Cols)}
}

// from rounds to float32.
func from(m blas64.General) blas32.General {
	r := blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: make([]float32, m.Rows*m.Cols)}
	from64(r, m)
	return r
}

func to64(m blas32.General) blas64.General {
	r := blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols}
	if m.Data == nil {
		return r
	}
	r.Data = make([]float64, m.Rows*m.Cols)
	for i := range m.Rows {
		for j := range m.Cols {
			r.Data[i*m.Cols+j] = float64(m.Data[i*m.Stride+j])
		}
	}
	return r
}

func from64(dst blas32.General, m blas64.General) {
	if dst.Data == nil {
		return
	}
	for i := range m.Rows {
		for j := range m.Cols {
			dst.Data[i*dst.Stride+j] = float32(m.Data[i*m.Cols+j])
		}
	}
}
