package embed

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/internal/golden"
)

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
				turned := m.Orient(resample.QuarterTurns[n])
				f, err := p.Faces(turned)
				if err != nil || len(f) != 1 {
					t.Fatalf("%s turned by %d: %d faces, %v", r.Image, n, len(f), err)
				}
				if n == 0 {
					up = f[0]
				}
				at := resample.BackTurn(n, m.W, m.H).Landmarks(f[0].Points)
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

// TestTurnedCrop: a photo that is nothing but a face is found lying too.
func TestTurnedCrop(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "images")
	p := open(t, "default", nil)
	p.Select = SelectCentral
	for _, name := range []string{"Heath_Ledger/Heath_Ledger_0002.jpg", "Michael_Caine/Michael_Caine_0002.jpg"} {
		m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(name))), nil)
		need(t, err)
		whole, err := p.Faces(m)
		if err != nil || len(whole) != 1 {
			t.Fatal(len(whole), err)
		}
		crop := cut(m, whole[0].Box)
		for n := range 4 {
			f, err := p.Faces(crop.Orient(resample.QuarterTurns[n]))
			if err != nil || len(f) != 1 || f[0].Turn != 90*((4-n)%4) {
				t.Errorf("%s turned by %d: %d faces, %v", name, 90*n, len(f), err)
			} else if c := cosine(f[0].Embedding, whole[0].Embedding); c < 0.8 {
				t.Errorf("%s turned by %d is like the photo by %.3f", name, 90*n, c)
			}
		}
	}
}

// TestTurnedGroup: a group photo without an EXIF tag shows the same people however it lies.
func TestTurnedGroup(t *testing.T) {
	s := store(t)
	for _, pack := range []string{"default", "yunet"} {
		p := open(t, pack, nil)
		wrong := 0
		for i := 1; i <= 6; i++ {
			if testing.Short() && (pack != "default" || i > 2) {
				continue // six times the time
			}
			_, b, err := s.Load(t.Context(), fmt.Sprintf("sample%d", i))
			need(t, err)
			m, err := DecodeBytes(b, nil)
			if err != nil {
				t.Fatal(err)
			}
			up, err := p.Faces(m)
			if err != nil || len(up) < 3 {
				t.Fatalf("%d faces, %v", len(up), err)
			}
			for n := 1; n < 4; n++ {
				f, err := p.Faces(m.Orient(resample.QuarterTurns[n]))
				if err != nil {
					t.Fatal(err)
				}
				turned, known := 0, 0
				for _, f := range f {
					at := resample.BackTurn(n, m.W, m.H).Box(f.Box)
					if slices.ContainsFunc(up, func(u Face) bool {
						return photo.IoU(u.Box, at) > 0.7 && cosine(u.Embedding, f.Embedding) > 0.9
					}) {
						known++
					}
					if f.Turn == 360-90*n {
						turned++
					}
				}
				// One who leans by half a quarter stands as well in two turns.
				if len(f) != len(up) || known < len(up) || turned < len(up)-1 {
					wrong++
					t.Logf("%s, sample%d turned by %d: %d faces of %d, %d in their places, %d turned back", pack, i,
						90*n, len(f), len(up), known, turned)
				}
			}
		}
		// YuNet sees sample1's leaning face so well upside down that the photo counts as upright.
		if wrong > map[string]int{"yunet": 1}[pack] {
			t.Errorf("%s: %d of 18 wrong", pack, wrong)
		}
	}
}
