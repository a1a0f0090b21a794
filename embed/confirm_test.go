package embed

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/internal/golden"
)

// TestSamples: the group photos of the demonstration, enlarged to what phones take, show the people that they show, and
// no sleeve, throat or banister.
func TestSamples(t *testing.T) {
	s := store(t)
	people := map[string]int{"sample2": 3, "sample4": 4, "sample5": 5}
	for _, pack := range []string{"default", "yunet"} {
		p := open(t, pack, &OpenOptions{NoEmbedder: true})
		for name, want := range people {
			_, b, err := s.Load(context.Background(), name)
			need(t, err)
			small, err := DecodeBytes(b, nil)
			if err != nil {
				t.Fatal(err)
			}
			k := math.Sqrt(12e6 / float64(small.W*small.H))
			m := resample.Scaled(small, int(k*float64(small.W)), int(k*float64(small.H)))
			for i, m := range []*Image{small, m, FromImage(imaging.Sharpen(m.NRGBA(), k))} {
				faces, err := p.Faces(m)
				if err != nil || len(faces) != want {
					t.Errorf("%s, %s, rendition %d: %d faces for %d people, %v", pack, name, i, len(faces), want, err)
				}
			}
		}
	}
}

// TestMisplaced: tiles of 24 megapixels show UltraFace a face half beside its place, which made two of it, or hid it
// from the view that places it well.
func TestMisplaced(t *testing.T) {
	s := store(t)
	p := open(t, "default", &OpenOptions{NoEmbedder: true})
	for name, want := range map[string]int{"sample4": 4, "sample5": 5} {
		_, b, err := s.Load(context.Background(), name)
		need(t, err)
		small, err := DecodeBytes(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		k := math.Sqrt(24e6 / float64(small.W*small.H))
		m := FromImage(imaging.Resize(small.NRGBA(), int(k*float64(small.W)), 0, imaging.CatmullRom))
		r := rand.New(rand.NewPCG(4, 5))
		grain := NewImage(m.W, m.H)
		for i := 0; i < len(m.Pix); i += 3 {
			g := 10 * r.NormFloat64()
			for c := range 3 {
				grain.Pix[i+c] = uint8(min(255, max(0, float64(m.Pix[i+c])+g)))
			}
		}
		alone, err := p.Detector.Detect(small, nil)
		if err != nil || len(alone) != want {
			t.Fatal(len(alone), err)
		}
		for i, m := range []*Image{m, grain} {
			found, err := p.Detector.Detect(m, nil)
			if err != nil || len(found) != want {
				t.Errorf("%s, rendition %d: %d faces for %d people, %v", name, i, len(found), want, err)
			}
			for _, f := range found {
				b := f.Box.Scale(1 / float32(k))
				if !slices.ContainsFunc(alone, func(a Detection) bool { return photo.IoU(a.Box, b) > 0.5 }) {
					t.Errorf("%s, rendition %d: a face at %v, which is none of %v", name, i, b, alone)
				}
			}
		}
	}
}

// TestCloseUp: a photo cropped to the box of its face gives the points that the whole photo gives.
func TestCloseUp(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "images")
	for _, pack := range []string{"default", "yunet"} {
		p := open(t, pack, nil)
		p.Select = SelectCentral
		sum, n := 0.0, 0
		for _, r := range reference(t) {
			m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(r.Image))), nil)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := p.Faces(m)
			if err != nil || len(whole) != 1 {
				t.Fatal(len(whole), err)
			}
			f, err := p.Faces(cut(m, whole[0].Box.Grown(1.1)))
			if err != nil || len(f) != 1 {
				t.Errorf("%s, %s: %d faces in the crop, %v", pack, r.Image, len(f), err)
				continue
			}
			sum += cosine(f[0].Embedding, whole[0].Embedding)
			n++
		}
		if mean := sum / float64(n); mean < 0.8 {
			t.Errorf("%s: crops are like their photos by %.3f only", pack, mean)
		} else {
			t.Logf("%s: %.3f", pack, mean)
		}
	}
}

// TestAgain: of crops in which a detector boxes a part of the face, or the face too high, the aligned face is still
// that of the whole photo.
func TestAgain(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "images")
	p := open(t, "default", nil)
	p.Select = SelectCentral
	for _, name := range []string{"James_Blake/James_Blake_0003.jpg", "Antony_Leung/Antony_Leung_0003.jpg",
		"Bill_Nelson/Bill_Nelson_0001.jpg", "Kim_Dae-jung/Kim_Dae-jung_0002.jpg"} {
		m, err := DecodeBytes(readFile(t, filepath.Join(dir, filepath.FromSlash(name))), nil)
		need(t, err)
		whole, err := p.Faces(m)
		if err != nil || len(whole) != 1 {
			t.Fatal(len(whole), err)
		}
		f, err := p.Faces(cut(m, whole[0].Box.Grown(1.1)))
		if err != nil || len(f) != 1 {
			t.Errorf("%s: %d faces in the crop, %v", name, len(f), err)
			continue
		}
		if c := cosine(f[0].Embedding, whole[0].Embedding); c < 0.8 || f[0].Turn != 0 {
			t.Errorf("%s: the crop is like the photo by %.3f, turned by %d", name, c, f[0].Turn)
		}
	}
}

// cut is the part b of m.
func cut(m *Image, b Box) *Image {
	x, y := max(0, int(b.X0)), max(0, int(b.Y0))
	w, h := min(m.W, int(b.X1))-x, min(m.H, int(b.Y1))-y
	d := NewImage(w, h)
	for i := range h {
		copy(d.Pix[3*i*w:3*(i+1)*w], m.Pix[3*((y+i)*m.W+x):])
	}
	return d
}

// TestConfirmAsks: callers that ask for weaker faces get at least those that others get.
func TestConfirmAsks(t *testing.T) {
	s := store(t)
	_, b, err := s.Load(context.Background(), "sample3")
	need(t, err)
	m, err := DecodeBytes(bytes.Clone(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, "default", &OpenOptions{NoEmbedder: true})
	last := math.MaxInt
	for _, score := range []float32{0.3, 0.7, 0.99} {
		f, err := p.Detector.Detect(m, &DetectOptions{MinScore: score})
		if err != nil || len(f) > last {
			t.Errorf("least score %v: %d faces after %d, %v", score, len(f), last, err)
		}
		last = len(f)
	}
}
