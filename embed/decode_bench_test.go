package embed

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// testPhoto is a made-up photo: smooth colours, edges and a little noise, so that a JPEG of it is as large as a real
// one's.
func testPhoto(w, h int) *Image {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	m := NewImage(w, h)
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			edge := 0.0
			if math.Mod(13*u+7*v, 1) < 0.3 {
				edge = 50
			}
			n := r.Float64()*12 - 6
			p := m.Pix[3*(y*w+x):]
			p[0] = uint8(60 + 120*u + edge + n)
			p[1] = uint8(70 + 90*v + edge + n)
			p[2] = uint8(100 + 60*math.Sin(9*u*v) + edge/2 + n)
		}
	}
	return m
}

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
				m.orient(o)
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	n, err := newNorm("RGB", []float32{127, 127, 127}, []float32{128, 128, 128})
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range [][2]int{{150, 150}, {250, 250}, {4000, 3000}} {
		m := testPhoto(s[0], s[1])
		for _, to := range [][2]int{{320, 240}, {640, 640}} {
			dst := make([]float32, 3*to[0]*to[1])
			b.Run(fmt.Sprintf("kind=letterbox/from=%dx%d/to=%dx%d", s[0], s[1], to[0], to[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.letterbox(dst, to[0], to[1], n, nil)
				}
			})
			b.Run(fmt.Sprintf("kind=area/from=%dx%d/to=%dx%d", s[0], s[1], to[0], to[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.letterbox(dst, to[0], to[1], n, &fitOptions{Area: true})
				}
			})
		}
	}
}

func BenchmarkAlign(b *testing.B) {
	m := testPhoto(250, 250)
	p := Similarity{0.7, 0.1, 60, 70}
	var l Landmarks
	for i, q := range Template {
		l[i] = p.Apply(q)
	}
	n, err := newNorm("BGR", []float32{127.5, 127.5, 127.5}, []float32{127.5, 127.5, 127.5})
	if err != nil {
		b.Fatal(err)
	}
	crop, err := Align(m, l)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]float32, 3*CropSize*CropSize)
	b.Run("step=warp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Align(m, l); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("step=tensor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			crop.tensor(dst, n, true)
		}
	})
	b.Run("step=sharpness", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Sharpness(crop)
		}
	})
}
