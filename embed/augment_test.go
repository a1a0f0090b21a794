package embed

import (
	"bytes"
	"math"
	"testing"
)

func TestAugment(t *testing.T) {
	m := testPhoto(CropSize, CropSize)
	mean := func(m *Image) (s float64) {
		for _, v := range m.Pix {
			s += float64(v) / float64(len(m.Pix))
		}
		return s
	}
	same := func(a Augmentation) *Image {
		t.Helper()
		x, err := Augment(m, a)
		if err != nil {
			t.Fatal(err)
		}
		y, err := Augment(m, a)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x.Pix, y.Pix) || x.W != m.W || x.H != m.H {
			t.Errorf("%+v: another picture the second time, or another size", a)
		}
		return x
	}
	if !bytes.Equal(same(Augmentation{}).Pix, m.Pix) {
		t.Error("the zero value changes pixels")
	}
	if !bytes.Equal(same(Augmentation{Mirror: true}).Pix, m.Mirror().Pix) {
		t.Error("mirrored is not Mirror")
	}
	if d := mean(same(Augmentation{Brightness: 10})) - mean(m); math.Abs(d-25.5) > 2 {
		t.Errorf("10 %% brighter is %v grey levels", d)
	}
	low := same(Augmentation{LowRes: 18, JPEG: 60})
	if Sharpness(low) > Sharpness(m)/3 || math.Abs(mean(low)-mean(m)) > 3 {
		t.Errorf("low resolution: sharpness %v of %v, mean %v of %v", Sharpness(low), Sharpness(m), mean(low), mean(m))
	}
	for how, hides := range map[Occlusion][2][2]float64{ // a point that it hides of every photo, one that it never does
		OccludeMask: {{0.5, 0.82}, {0.34, 0.46}}, OccludeSunglasses: {{0.34, 0.46}, {0.5, 0.82}}, OccludeBlock: {},
	} {
		a := same(Augmentation{Occlusion: how})
		differ := 0
		for i := range m.W * m.H {
			if !bytes.Equal(a.Pix[3*i:3*i+3], m.Pix[3*i:3*i+3]) {
				differ++
			}
		}
		if share := float64(differ) / float64(m.W*m.H); share < 0.08 || share > 0.45 {
			t.Errorf("%s hides %.2f of the picture", how, share)
		}
		if hides != [2][2]float64{} {
			for k, want := range []bool{false, true} {
				x, y := int(hides[k][0]*CropSize), int(hides[k][1]*CropSize)
				if got := a.At(x, y) == m.At(x, y); got != want {
					t.Errorf("%s: the point %v is as it was: %v", how, hides[k], got)
				}
			}
		}
	}
	for _, a := range []Augmentation{{Occlusion: "hat"}, {JPEG: 101}, {JPEG: -1}, {LowRes: -1}, {Blur: math.NaN()},
		{Blur: -1}, {Blur: 1e9}, {Brightness: math.Inf(1)}, {Brightness: 101}} {
		if _, err := Augment(m, a); err == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
}

func TestRandomAugmentation(t *testing.T) {
	seen := map[Augmentation]bool{}
	for seed := range uint64(200) {
		a := RandomAugmentation(seed)
		if a != RandomAugmentation(seed) {
			t.Fatal("a seed gives two answers")
		}
		if seen[a] = true; a.check() != nil {
			t.Fatal(a.check())
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d of 200 seeds differ", len(seen))
	}
}
