package embed

import (
	"bytes"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"faceid/embed/internal/phototest"
	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/internal/ortest"

	"github.com/disintegration/imaging"
)

// halved is m as if it had been read at 1/k of its sides.
func halved(m *Image, k int) *Image {
	return resample.Shrunk(m, k).ReadSmaller(k, func() (*Image, error) { return m, nil })
}

// A large face is cut out of the photo read smaller as out of the whole, to the rounding of two means instead of one; a
// small face is cut out of the whole. However the photo lies.
func TestAlignOfPhotoReadSmaller(t *testing.T) {
	m := testPhoto(1600, 1200)
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		side := 30 + 700*r.Float64()
		s := Similarity{A: side / CropSize, TX: 100 + 400*r.Float64(), TY: 50 + 300*r.Float64()}
		s.B = s.A * (r.Float64() - 0.5)
		p := s.Landmarks(Template)
		want, err := Align(m, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []int{2, 4} {
			for _, o := range []int{1, 6, 3, 8} {
				d := halved(m, k).Orient(o)
				back := Similarity{A: 1}
				for q, e := range resample.QuarterTurns {
					if e == o {
						back = resample.BackTurn(q, m.W, m.H)
					}
				}
				turned := back.Invert().Landmarks(p) // in the whole photo, turned; now in pixels of the smaller one
				whole, err := Align(m.Orient(o), turned)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Align(d, Similarity{A: 1 / float64(k)}.Landmarks(turned))
				if err != nil {
					t.Fatal(err)
				}
				worst, mean := phototest.Difference(t, got.Pix, whole.Pix)
				if worst > 3 || mean > 0.6 {
					t.Fatalf("k=%d, orientation %d, face of %.0f pixels: worst difference %d, mean %.2f", k, o, side,
						worst, mean)
				}
				if o == 1 {
					if worst, _ := phototest.Difference(t, whole.Pix, want.Pix); worst > 0 {
						t.Fatal("the test turns wrongly")
					}
				}
			}
		}
	}
}

// Averaging takes the grain of a large face away, which single samples keep: the crop of a grainy photo is nearer to
// that of the clean one.
func TestAlignAverages(t *testing.T) {
	clean := resample.Shrunk(testPhoto(2000, 2000), 2)
	big := FromImage(imaging.Resize(clean.NRGBA(), 4000, 4000, imaging.CatmullRom))
	r := rand.New(rand.NewPCG(3, 4))
	for i, v := range big.Pix {
		big.Pix[i] = uint8(max(0, min(255, int(v)+r.IntN(61)-30)))
	}
	p := Similarity{A: 8, TX: 1000, TY: 900}.Landmarks(Template)
	want, err := Align(clean, Similarity{A: 2, TX: 250 - 0.375, TY: 225 - 0.375}.Landmarks(Template))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Align(big, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, mean := phototest.Difference(t, got.Pix, want.Pix); mean > 4 { // single samples: 15, the mean of |−30 … 30|
		t.Errorf("mean difference %.2f", mean)
	}
}

// The largest face of a camera's photo has the same place and the same embedding whether the photo is read whole or at
// a half.
func TestPhotoReadSmaller(t *testing.T) {
	if err := LoadDecoder(ortest.Codec(t)); err != nil {
		t.Fatal(err)
	}
	p := open(t, "default", &OpenOptions{Mirror: true})
	p.Select = SelectLargest
	for _, name := range []string{"sample1", "sample3", "sample6"} {
		_, b, err := store(t).Load(t.Context(), name)
		need(t, err)
		small, err := DecodeBytes(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		big := FromImage(imaging.Resize(small.NRGBA(), 4032, 0, imaging.CatmullRom))
		big = &Image{Pix: big.Pix[:3*big.W*(big.H&^7)], W: big.W, H: big.H &^ 7}
		r := rand.New(rand.NewPCG(5, 6))
		for i, v := range big.Pix {
			big.Pix[i] = uint8(max(0, min(255, int(v)+r.IntN(13)-6)))
		}
		var j bytes.Buffer
		if err := jpeg.Encode(&j, big, &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
		pic, _, err := photo.Read(t.Context(), j.Bytes(), nil, p.shrink())
		if err != nil || pic.Times() != 2 {
			t.Fatalf("%s: read at 1/%d, %v", name, pic.Times(), err)
		}
		whole, err := DecodeBytes(j.Bytes(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := p.Faces(whole)
		if err != nil || len(want) != 1 {
			t.Fatal(name, len(want), err)
		}
		ph := p.Photo(t.Context(), Input{Data: j.Bytes()})
		if ph.Err != nil || len(ph.Faces) != 1 || ph.Width != big.W || ph.Height != big.H {
			t.Fatalf("%s: %d faces in %d × %d pixels, %v", name, len(ph.Faces), ph.Width, ph.Height, ph.Err)
		}
		got := ph.Faces[0]
		var cos float32
		for i, x := range got.Embedding {
			cos += x * want[0].Embedding[i]
		}
		t.Logf("%s: size %.0f and %.0f, cosine %.5f", name, got.Quality.Size, want[0].Quality.Size, cos)
		if photo.IoU(got.Box, want[0].Box) < 0.9 || cos < 0.995 {
			t.Errorf("%s: read smaller %v, whole %v, cosine %.5f", name, got.Box, want[0].Box, cos)
		}
	}
}
