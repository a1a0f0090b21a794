package census

import (
	"testing"

	"faceid/gallery"
)

// TestNeeded: with as many searches as Needed says, a threshold is kept for the rate, and with one less none.
func TestNeeded(t *testing.T) {
	for _, fpir := range []float64{0.5, 0.3, 0.2, 0.05, 0.009, 0.01, 0.0034} {
		for _, strangers := range []bool{false, true} {
			known := func(n int) bool {
				least := 1 / float64(n)
				if strangers {
					least *= 3
				}
				var kept []gallery.CalibratedRate
				for i, r := range rates(least) {
					kept = append(kept, gallery.CalibratedRate{Rate: r, Threshold: float64(i) / 10})
				}
				_, ok := AtRate(kept, fpir)
				return ok
			}
			if n := Needed(fpir, strangers); !known(n) || known(n-1) {
				t.Errorf("FPIR %v, strangers %v: %d are said to be needed", fpir, strangers, n)
			}
		}
	}
	if n := Needed(1e-300, true); n <= 0 {
		t.Errorf("of a rate that nobody counts: %d", n)
	}
}

// TestFacesMeet: a face counts once, and one hardly different not again.
func TestFacesMeet(t *testing.T) {
	var f Faces
	for i, c := range []struct {
		v   []float32
		met bool
	}{{[]float32{1, 0}, false}, {[]float32{1, 0}, true}, {[]float32{0.91, 0.4146}, true},
		{[]float32{0.89, 0.456}, false}, {[]float32{0, 1}, false}, {[]float32{-1, 0}, false}} {
		if err := f.Meet(c.v); (err != nil) != c.met {
			t.Errorf("%d: %v: %v", i, c.v, err)
		}
	}
}
