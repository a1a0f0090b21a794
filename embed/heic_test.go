package embed

import (
	"testing"

	"faceid/embed/internal/phototest"
	"faceid/internal/ortest"
)

// A HEIC file has the faces of the JPEG whose pixels it holds, whichever way it is turned, of 8 and 10 bits, whole and
// in tiles.
func TestHEICFaces(t *testing.T) {
	ortest.HEIF(t)
	likeJPEG(t, func(m *Image, o phototest.HEIFOptions) []byte { return phototest.HEIC(m.Pix, m.W, m.H, o) })
}

// The same of AVIF.
func TestAVIFFaces(t *testing.T) {
	vips := ortest.Codec(t)
	likeJPEG(t, func(m *Image, o phototest.HEIFOptions) []byte {
		return phototest.AVIF(t, vips, m.Pix, m.W, m.H, o)
	})
}

// likeJPEG looks for the faces of a JPEG's pixels in files that write makes of them.
func likeJPEG(t *testing.T, write func(m *Image, o phototest.HEIFOptions) []byte) {
	p := open(t, "default", nil)
	paths, err := store(t).Samples(t.Context())
	need(t, err)
	b := readFile(t, paths[0])
	m, err := DecodeBytes(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := p.Photo(t.Context(), Input{Data: b})
	if want.Err != nil || len(want.Faces) == 0 {
		t.Fatal(len(want.Faces), want.Err)
	}
	ways := []phototest.HEIFOptions{{}, {Deep: true, Tile: 512}}
	for o := 1; o <= 8; o++ {
		ways = append(ways, phototest.HEIFOptions{Orientation: o, Tile: 512})
	}
	if testing.Short() {
		ways = ways[:2]
	}
	for _, o := range ways {
		// What is stored is what the file's turning makes upright again.
		s := m.Orient([9]int{1, 1, 2, 3, 4, 5, 8, 7, 6}[o.Orientation])
		got := p.Photo(t.Context(), Input{Data: write(s, o)})
		if got.Err != nil || len(got.Faces) != len(want.Faces) || got.Width != want.Width {
			t.Fatalf("%+v: %d faces, not %d: %v", o, len(got.Faces), len(want.Faces), got.Err)
		}
		for _, f := range want.Faces {
			g := nearest(t, got.Faces, f.Box)
			if c := cosine(f.Embedding, g.Embedding); c < 0.98 {
				t.Errorf("%+v: the face at %v: cosine %.4f", o, f.Box, c)
			}
		}
	}
}
