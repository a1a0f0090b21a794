package embed

import (
	"testing"

	"faceid/embed/resample"
)

func BenchmarkAlign(b *testing.B) {
	m := testPhoto(250, 250)
	p := Similarity{A: 0.7, B: 0.1, TX: 60, TY: 70}
	var l Landmarks
	for i, q := range Template {
		l[i] = p.Apply(q)
	}
	n, err := resample.NewNorm("BGR", []float32{127.5, 127.5, 127.5}, []float32{127.5, 127.5, 127.5})
	if err != nil {
		b.Fatal(err)
	}
	crop, err := Align(m, l)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float32, 3*CropSize*CropSize)
	b.Run("step=warp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Align(m, l); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("step=tensor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resample.Tensor(crop, dst, n, true)
		}
	})
	b.Run("step=sharpness", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Sharpness(crop)
		}
	})
}
