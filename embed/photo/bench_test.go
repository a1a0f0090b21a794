package photo

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"testing"

	"faceid/embed/internal/phototest"
)

// testPhoto is a made-up photo.
func testPhoto(w, h int) *Image { return &Image{Pix: phototest.Photo(w, h), W: w, H: h} }

func testJPEG(tb testing.TB, w, h int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, testPhoto(w, h), &jpeg.Options{Quality: 88}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	for _, s := range [][2]int{{150, 150}, {250, 250}, {4000, 3000}} {
		data := testJPEG(b, s[0], s[1])
		b.Run(fmt.Sprintf("step=jpeg/size=%dx%d", s[0], s[1]), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(s[0] * s[1]))
			for b.Loop() {
				if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("step=all/size=%dx%d", s[0], s[1]), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(s[0] * s[1]))
			for b.Loop() {
				if _, err := DecodeBytes(data, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOrient(b *testing.B) {
	m := NewImage(4000, 3000)
	for _, o := range []int{3, 6} {
		b.Run(fmt.Sprintf("exif=%d/size=4000x3000", o), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Orient(o)
			}
		})
	}
}
