package resample

import (
	"fmt"
	"testing"
)

func BenchmarkFit(b *testing.B) {
	n, err := NewNorm("RGB", []float32{127, 127, 127}, []float32{128, 128, 128})
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range [][2]int{{150, 150}, {250, 250}, {4000, 3000}} {
		m := testPhoto(s[0], s[1])
		for _, to := range [][2]int{{320, 240}, {640, 640}} {
			dst := make([]float32, 3*to[0]*to[1])
			b.Run(fmt.Sprintf("kind=letterbox/from=%dx%d/to=%dx%d", s[0], s[1], to[0], to[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Letterbox(m, dst, to[0], to[1], n, nil)
				}
			})
			b.Run(fmt.Sprintf("kind=area/from=%dx%d/to=%dx%d", s[0], s[1], to[0], to[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Letterbox(m, dst, to[0], to[1], n, &Options{Area: true})
				}
			})
		}
	}
}
