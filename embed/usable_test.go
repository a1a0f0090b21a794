package embed

import (
	"math"
	"path/filepath"
	"testing"

	"faceid/embed/resample"
	"faceid/internal/golden"
	"faceid/models"
)

func TestUsable(t *testing.T) {
	e := &Embedder{}
	if u := e.Usable([]float32{1, 2}); u != 1 {
		t.Errorf("nothing known: %v", u)
	}
	e.quality = &models.Quality{Weights: []byte{1, 0xff, 0x80}, Scale: 0.5, Bias: -1}
	x := []float32{3, 5, 0.25} // 3 − 5 − 32 = −34
	if u, want := e.Usable(x), 1/(1+math.Exp(-17-1)); math.Abs(float64(u)-want) > 1e-6 {
		t.Errorf("usable by %v, want %v", u, want)
	}
	if u := e.Usable(x[:2]); u != 1 {
		t.Errorf("another model's trunk: %v", u)
	}
}

// TestCaution: good photos need none, and worse ones never less.
func TestCaution(t *testing.T) {
	if c := Caution(0.95, 0.9); c != 0 {
		t.Errorf("good photos: %v", c)
	}
	last := 1.0
	for u := float32(0); u <= 1; u += 0.01 {
		c := Caution(u, 0.9)
		if c > last || c < 0 || c != Caution(0.9, u) || Caution(u, u) < c-0.7*0.9 {
			t.Errorf("usable by %v: %v after %v", u, c, last)
		}
		last = c
	}
}

// TestReason: photos that are spoilt in a way are said to be spoilt in that way.
func TestReason(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "images")
	p := open(t, "default", &OpenOptions{NoEmbedder: true})
	p.Select = SelectCentral
	right := map[string]int{}
	refs := reference(t)
	for _, r := range refs {
		m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(r.Image))), nil)
		if err != nil {
			t.Fatal(err)
		}
		dark := NewImage(m.W, m.H)
		for i, v := range m.Pix {
			dark.Pix[i] = v / 12
		}
		blurred, err := Augment(m, Augmentation{Blur: 3})
		if err != nil {
			t.Fatal(err)
		}
		coarse, err := Augment(m, Augmentation{JPEG: 4})
		if err != nil {
			t.Fatal(err)
		}
		for want, m := range map[string]*Image{
			"": m, "dark": dark, "blurred": blurred, "compressed": coarse, "small": resample.Scaled(m, 50, 50),
		} {
			box := r.UltraFace.box()
			if want == "small" {
				box = Box{X0: box.X0 / 3, Y0: box.Y0 / 3, X1: box.X1 / 3, Y1: box.Y1 / 3}
			}
			f, err := p.align(m, []Detection{{Box: box, Score: 1}})
			if err != nil || len(f) != 1 {
				t.Fatal(len(f), err)
			}
			if f[0].Quality.Usable = 0.1; want == "" {
				f[0].Quality.Usable = LeastUsable
			}
			if got := reason(m, &f[0]); got == want {
				right[want]++
			}
		}
	}
	for _, want := range []string{"", "dark", "blurred", "compressed", "small"} {
		if right[want] < len(refs)*3/4 {
			t.Errorf("%q is said of %d of %d such photos", want, right[want], len(refs))
		}
	}
}
