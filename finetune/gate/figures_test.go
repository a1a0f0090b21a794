package gate_test

import (
	"math"
	"testing"

	"faceid/eval"
	"faceid/finetune/dense"
	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
)

// TestCompareIsExact holds the counted figures against package eval's exact curve, made of a slow double loop's scores:
// the bins must cost no more than the genuine pairs in the one that the threshold falls into.
func TestCompareIsExact(t *testing.T) {
	photos := func(p int) int { return 1 + p%5 }
	d, l := synthetic.World{People: 60, T: 16, D: 12, Photos: photos, Kinds: []string{"noisy"}, Seed: 70}.Make(t)
	got, err := gate.Compare(d, l, false)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	e := make([]float32, d.Len()*l.D)
	l.Embed(e, d.X)
	for _, f := range got {
		var genuine, impostor []float64
		for i := range d.Len() {
			if d.Kinds[d.Kind[i]] != f.Kind {
				continue
			}
			for j := range d.Len() {
				if d.Kinds[d.Kind[j]] != dense.KindClean || d.Photo[i] == d.Photo[j] ||
					f.Kind == dense.KindClean && j > i {
					continue // two clean photos are one pair
				}
				var s float64
				for k := range l.D {
					s += float64(e[i*l.D+k]) * float64(e[j*l.D+k])
				}
				if d.Person[i] == d.Person[j] {
					genuine = append(genuine, s)
				} else {
					impostor = append(impostor, s)
				}
			}
		}
		if f.Genuine != int64(len(genuine)) || f.Impostor != int64(len(impostor)) {
			t.Errorf("%s: %d and %d pairs, want %d and %d", f.Kind, f.Genuine, f.Impostor, len(genuine), len(impostor))
		}
		c, err := eval.ROC(genuine, impostor)
		if err != nil {
			t.Fatal(err)
		}
		const bin = 2.0 / (1 << 16)
		near := func(scores []float64, at float64) float64 { // the share within a bin and float32's rounding
			n := 0
			for _, s := range scores {
				if math.Abs(s-at) <= bin+1e-6 {
					n++
				}
			}
			return float64(n) / float64(len(scores))
		}
		for far, tar := range map[float64]float64{1e-2: f.TAR1e2, 1e-3: f.TAR1e3} {
			want, at := c.TARAtFAR(far)
			if room := near(genuine, at); math.Abs(tar-want) > room+1e-12 {
				t.Errorf("%s: TAR at FAR %g is %v, exactly %v at %v, and %v are near", f.Kind, far, tar, want, at, room)
			}
		}
		want, at := c.EER()
		if room := near(genuine, at) + near(impostor, at); math.Abs(f.EER-want) > room+1e-12 {
			t.Errorf("%s: EER %v, exactly %v at %v, and %v are near", f.Kind, f.EER, want, at, room)
		}
	}
}
