package embed

import (
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/internal/golden"
	"faceid/models"
)

// TestCenterFace finds the people of a group photo where the model is at hand; no pack has it.
func TestCenterFace(t *testing.T) {
	s := store(t)
	e, model, err := s.Load(t.Context(), "centerface")
	if errors.Is(err, models.ErrMissing) {
		t.Skip("CenterFace is in no pack and not in the cache: faceid models pull centerface")
	}
	need(t, err)
	_ = open(t, "default", &OpenOptions{NoEmbedder: true}) // starts the runtime
	d, err := NewDetector(e, model)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, b, err := s.Load(t.Context(), "sample5")
	need(t, err)
	m, err := DecodeBytes(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.Detect(m, nil)
	if err != nil || len(f) != 5 {
		t.Errorf("%d faces of 5, %v", len(f), err)
	}
	for _, f := range f {
		if q := Frontal(*f.Points); q < 0.6 {
			t.Errorf("points %v are frontal by %v", f.Points, q)
		}
	}
}

// TestSmallFaces pastes faces of 40 pixels and larger into a photo of 12 megapixels and wants them all, and nothing
// else.
func TestSmallFaces(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "images")
	refs := reference(t)
	for _, pack := range []string{"default", "yunet"} {
		t.Run(pack, func(t *testing.T) {
			p := open(t, pack, &OpenOptions{NoEmbedder: true})
			canvas := NewImage(4000, 3000)
			for y := range canvas.H {
				for x := range canvas.W {
					v := uint8(90 + 60*math.Sin(float64(x)/310)*math.Cos(float64(y)/270))
					canvas.Pix[3*(y*canvas.W+x)], canvas.Pix[3*(y*canvas.W+x)+1], canvas.Pix[3*(y*canvas.W+x)+2] = v, v,
						v+20
				}
			}
			var want, pasted []Box
			for i, r := range refs {
				m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(r.Image))), nil)
				if err != nil {
					t.Fatal(err)
				}
				b := r.UltraFace.box()
				// The shorter side of the face is 40, 60, 120 or 400 pixels; one lies across the middle of everything.
				f := []float32{40, 60, 120, 400}[i%4] / b.Side()
				s := resample.Scaled(m, int(float32(m.W)*f), int(float32(m.H)*f))
				x, y := 20+(i%6)*650, 20+(i/6)*700
				if x+s.W > canvas.W || y+s.H > canvas.H {
					x, y = canvas.W-s.W-5, min(y, canvas.H-s.H-5)
				}
				overlaps := false
				bb := b.Scale(f).Shift(float32(x), float32(y))
				for _, o := range want {
					overlaps = overlaps || photo.Overlap(o, Box{X0: float32(x), Y0: float32(y), X1: float32(x + s.W),
						Y1: float32(y + s.H)}) > 0
				}
				if overlaps {
					continue
				}
				for row := range s.H {
					copy(canvas.Pix[3*((y+row)*canvas.W+x):], s.Pix[3*row*s.W:3*(row+1)*s.W])
				}
				want = append(want, bb)
				pasted = append(pasted, Box{X0: float32(x), Y0: float32(y), X1: float32(x + s.W), Y1: float32(y + s.H)})
			}
			faces, err := p.Faces(canvas)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, b := range want {
				if slices.ContainsFunc(faces, func(f Face) bool { return photo.IoU(f.Box, b) > 0.4 }) {
					found++
				} else {
					t.Errorf("not found: %v, %.0f pixels", b, b.Side())
				}
			}
			// The photos show bystanders too, and those are not a mistake. A mistake is a face outside all photos, or a
			// part of a face.
			for _, f := range faces {
				inside := slices.ContainsFunc(pasted, func(b Box) bool {
					return photo.Overlap(b, f.Box) > 0.7*f.Box.Area()
				})
				part := slices.ContainsFunc(want, func(b Box) bool {
					return photo.IoU(f.Box, b) <= 0.4 && photo.Overlap(f.Box, b) > 0.5*min(f.Box.Area(), b.Area())
				})
				if !inside || part {
					t.Errorf("false face at %v, score %v", f.Box, f.Quality.Score)
				}
			}
			t.Logf("%d of %d faces, %d answers", found, len(want), len(faces))
		})
	}
}

// TestNoFace: noise and flat colour hold no face, at any scale or threshold.
func TestNoFace(t *testing.T) {
	for _, pack := range []string{"default", "yunet"} {
		p := open(t, pack, &OpenOptions{NoEmbedder: true})
		r := rand.New(rand.NewPCG(1, 2))
		flat, noise := NewImage(900, 700), NewImage(900, 700)
		for i := range noise.Pix {
			flat.Pix[i], noise.Pix[i] = 128, uint8(r.Uint32())
		}
		for name, m := range map[string]*Image{"flat": flat, "noise": noise, "one pixel": NewImage(1, 1),
			"line": NewImage(3000, 1)} {
			f, err := p.Faces(m)
			if err != nil || len(f) != 0 {
				t.Errorf("%s, %s: %v, %v", pack, name, f, err)
			}
		}
	}
}
