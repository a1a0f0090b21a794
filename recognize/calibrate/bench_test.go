package calibrate

import "testing"

// BenchmarkCalibrate is what a gallery of 2,000 people or more costs beside reading it.
func BenchmarkCalibrate(b *testing.B) {
	var people [][][]float32
	for _, e := range faces(2000, 1).e {
		people = append(people, [][]float32{e})
	}
	for b.Loop() {
		s, _, err := Pairs(people, nil)
		if err != nil {
			b.Fatal(err)
		}
		s.LeaveOut()
		f, err := New(like, s)
		if err != nil {
			b.Fatal(err)
		}
		for _, far := range []float64{1e-2, 1e-3, 1e-4, 1e-5} {
			f.FAR(f.Threshold(far))
		}
	}
}
