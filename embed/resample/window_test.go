package resample

import (
	"math"
	"testing"

	"faceid/embed/photo"
)

// TestBackTurn: a pixel of a turned picture comes from where BackTurn says.
func TestBackTurn(t *testing.T) {
	m := noise(7, 5, 3)
	for turn := range 4 {
		d := m.Orient(QuarterTurns[turn])
		back := BackTurn(turn, m.W, m.H)
		for y := range d.H {
			for x := range d.W {
				p := back.Apply(photo.Point{X: float32(x), Y: float32(y)})
				if d.At(x, y) != m.At(int(p.X), int(p.Y)) {
					t.Fatalf("turn %d: (%d, %d) is not %v", turn, x, y, p)
				}
			}
		}
	}
}

// TestWindow: the middle of each pixel of a window is where the window says, also past the photo's edge and turned.
func TestWindow(t *testing.T) {
	m := photo.NewImage(300, 200)
	for y := range m.H {
		for x := range m.W {
			p := m.Pix[3*(y*m.W+x):]
			p[0], p[1], p[2] = uint8(x/2), uint8(y), 50
		}
	}
	for _, b := range []photo.Box{
		{X0: 20, Y0: 30, X1: 100, Y1: 90}, {X0: -37, Y0: -11, X1: 120, Y1: 250},
		{X0: 200, Y0: 100, X1: 420, Y1: 300}, {X0: -100, Y0: -100, X1: 400, Y1: 300},
	} {
		for turn := range 4 {
			for _, side := range []int{20, 64, 500} {
				w := NewWindow(m, b, turn, side)
				if max(w.W, w.H) > max(2*side, 4) {
					t.Fatalf("%v: window of %d × %d for side %d", b, w.W, w.H, side)
				}
				for y := range w.H {
					for x := range w.W {
						p, k := w.Back.Apply(photo.Point{X: float32(x), Y: float32(y)}), float32(w.Back.Scale())
						if p.X < k || p.Y < k || p.X >= 300-k || p.Y >= 200-k {
							continue // at the photo's edge, or past it
						}
						q := w.Pix[3*(y*w.W+x):]
						if d := math.Abs(float64(q[0]) - float64(p.X)/2); d > 1 {
							t.Fatalf("%v, turn %d, side %d: red %d at %v", b, turn, side, q[0], p)
						}
						if d := math.Abs(float64(q[1]) - float64(p.Y)); d > 1 || q[2] != 50 {
							t.Fatalf("%v, turn %d, side %d: green %d at %v", b, turn, side, q[1], p)
						}
					}
				}
			}
		}
	}
}
