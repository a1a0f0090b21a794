package embed

import (
	"math"
	"path/filepath"
	"testing"

	"faceid/internal/golden"
)

// TestBackTurn: a pixel of a turned picture comes from where backTurn says.
func TestBackTurn(t *testing.T) {
	m := noise(7, 5, 3)
	for turn := range 4 {
		d := m.orient(quarterTurns[turn])
		back := backTurn(turn, m.W, m.H)
		for y := range d.H {
			for x := range d.W {
				p := back.Apply(Point{float32(x), float32(y)})
				if d.At(x, y) != m.At(int(p.X), int(p.Y)) {
					t.Fatalf("turn %d: (%d, %d) is not %v", turn, x, y, p)
				}
			}
		}
	}
}

// TestWindow: the middle of each pixel of a window is where the window says, also past the photo's edge and turned.
func TestWindow(t *testing.T) {
	m := NewImage(300, 200)
	for y := range m.H {
		for x := range m.W {
			p := m.Pix[3*(y*m.W+x):]
			p[0], p[1], p[2] = uint8(x/2), uint8(y), 50
		}
	}
	for _, b := range []Box{{20, 30, 100, 90}, {-37, -11, 120, 250}, {200, 100, 420, 300}, {-100, -100, 400, 300}} {
		for turn := range 4 {
			for _, side := range []int{20, 64, 500} {
				w := m.window(b, turn, side)
				if max(w.m.W, w.m.H) > max(2*side, 4) {
					t.Fatalf("%v: window of %d × %d for side %d", b, w.m.W, w.m.H, side)
				}
				for y := range w.m.H {
					for x := range w.m.W {
						p, k := w.back.Apply(Point{float32(x), float32(y)}), float32(w.back.Scale())
						if p.X < k || p.Y < k || p.X >= 300-k || p.Y >= 200-k {
							continue // at the photo's edge, or past it
						}
						q := w.m.Pix[3*(y*w.m.W+x):]
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

// TestTurned: a photo turned by quarters gives the same faces in the same places, and says how they lay.
func TestTurned(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "images")
	for _, pack := range []string{"default", "yunet"} {
		p := open(t, pack, nil)
		p.Select = SelectCentral
		wrong := 0
		for i, r := range reference(t) {
			if testing.Short() && i%6 != 0 {
				continue // six times the time
			}
			m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(r.Image))), nil)
			if err != nil {
				t.Fatal(err)
			}
			var up Face
			for n := range 4 {
				turn := (4 - n) % 4 // what stands it upright again
				turned := m.orient(quarterTurns[n])
				f, err := p.Faces(turned)
				if err != nil || len(f) != 1 {
					t.Fatalf("%s turned by %d: %d faces, %v", r.Image, n, len(f), err)
				}
				if n == 0 {
					up = f[0]
				}
				at := backTurn(n, m.W, m.H).landmarks(f[0].Points)
				eyes := math.Hypot(float64(up.Points[1].X-up.Points[0].X), float64(up.Points[1].Y-up.Points[0].Y))
				far := 0.0
				for k := range at {
					far = max(far, math.Hypot(float64(at[k].X-up.Points[k].X), float64(at[k].Y-up.Points[k].Y)))
				}
				if f[0].Turn != 90*turn || far > 0.2*eyes || cosine(f[0].Embedding, up.Embedding) < 0.8 {
					wrong++
					t.Logf("%s, %s (%d) turned by %d: turn %d, points %.2f eye distances off", pack, r.Image, i, 90*n,
						f[0].Turn, far/eyes)
				}
			}
		}
		if wrong > 1 { // of 96
			t.Errorf("%s: %d wrong", pack, wrong)
		}
	}
}
