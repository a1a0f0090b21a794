package embed

import (
	"bytes"
	"math"
	"testing"
)

func TestDraw(t *testing.T) {
	for _, s := range []int{1, 40, 150, 1920, 3000} {
		m := NewImage(s, max(1, s*3/4))
		for i := range m.Pix {
			m.Pix[i] = 90
		}
		was := append([]uint8(nil), m.Pix...)
		f := float32(s)
		nan := float32(math.NaN())
		faces := []Face{
			{Box: Box{X0: 0.3 * f, Y0: 0.3 * f, X1: 0.5 * f, Y1: 0.55 * f},
				Points: Landmarks{{X: 0.35 * f, Y: 0.4 * f}, {X: 0.45 * f, Y: 0.4 * f}, {X: 0.4 * f, Y: 0.45 * f},
					{X: 0.36 * f, Y: 0.5 * f}, {X: 0.44 * f, Y: 0.5 * f}}},
			{Box: Box{X0: -0.2 * f, Y0: -0.1 * f, X1: 0.1 * f, Y1: 0.2 * f}},
			{Box: Box{X0: 0.9 * f, Y0: 0.5 * f, X1: 1.4 * f, Y1: 2 * f}},
			{Box: Box{X0: nan, Y0: -1e30, X1: 1e30, Y1: 7}, Points: Landmarks{{X: nan, Y: 1e30}}},
			{Box: Box{X0: 5, Y0: 5, X1: 5, Y1: 5}},
		}
		d := Draw(m, faces, []string{"Ada 0.71\nsure", "left",
			"a name that is much longer than the photo is wide, and goes on", "", "Ω"})
		if d.Rect != m.Bounds() {
			t.Errorf("size %d: %v", s, d.Rect)
		}
		if !bytes.Equal(was, m.Pix) {
			t.Errorf("size %d: the photo itself was drawn on", s)
		}
		changed := 0
		for i := 0; i < len(d.Pix); i += 4 {
			if d.Pix[i] != 90 || d.Pix[i+1] != 90 || d.Pix[i+2] != 90 {
				changed++
			}
			if d.Pix[i+3] != 255 {
				t.Fatalf("size %d: transparent pixel", s)
			}
		}
		if changed == 0 || s >= 1920 && changed > len(d.Pix)/4/2 {
			t.Errorf("size %d: %d of %d pixels drawn", s, changed, len(d.Pix)/4)
		}
	}
}
