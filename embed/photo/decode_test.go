package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faceid/internal/ortest"

	"github.com/disintegration/imaging"
)

func pictures(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/pictures/*.*")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		if filepath.Ext(f) == ".py" {
			continue
		}
		if all[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 40 {
		t.Fatalf("%d pictures in testdata, expected 40 or more", len(all))
	}
	return all
}

// What Pillow (libjpeg-turbo, libwebp, libtiff) decoded is the reference. See testdata/pictures/make.py.
func TestDecodeReference(t *testing.T) {
	for name, b := range pictures(t) {
		t.Run(name, func(t *testing.T) {
			if filepath.Ext(name) == ".heic" {
				_ = LoadHEIF(ortest.HEIF(t))
			}
			if filepath.Ext(name) == ".avif" {
				needVIPS(t)
			}
			m, err := DecodeBytes(b, nil)
			if name == "cmyk.tif" { // x/image/tiff cannot; the answer must help
				var d *DecodeError
				if !errors.As(err, &d) || d.Hint() == "" {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			ref, err := os.ReadFile("testdata/pictures/want/" + name + ".png")
			if err != nil {
				t.Fatal(err)
			}
			p, err := png.Decode(bytes.NewReader(ref))
			if err != nil {
				t.Fatal(err)
			}
			want := fromAny(p)
			if m.W != want.W || m.H != want.H {
				t.Fatalf("%d × %d, want %d × %d", m.W, m.H, want.W, want.H)
			}
			// Lossless files are exact, alpha within the rounding of a blend; lossy ones differ by the rounding of the
			// inverse DCT and the colour matrix, WebP also by libwebp's slightly different chroma interpolation.
			limit := 0
			switch filepath.Ext(name) {
			case ".jfif":
				limit = 3
			case ".webp":
				limit = 4
			}
			if strings.Contains(name, "lossless") || strings.Contains(name, "exif6webp") ||
				strings.Contains(name, "animated") {
				limit = 0
			}
			if name == "alpha.png" || name == "greyalpha.png" {
				limit = 1
			}
			var worst, sum int
			for i := range m.Pix {
				d := int(m.Pix[i]) - int(want.Pix[i])
				worst, sum = max(worst, d, -d), sum+max(d, -d)
			}
			mean := float64(sum) / float64(len(m.Pix))
			most := 0.5
			if ext := filepath.Ext(name); ext == ".heic" || ext == ".avif" { // beside what was packed, not unpacked
				limit, most = 64, 2.5
			}
			if worst > limit || mean > most {
				t.Errorf("worst difference %d (allowed %d), mean %.3f", worst, limit, mean)
			}
		})
	}
}

func TestOrientation(t *testing.T) {
	all := pictures(t)
	upright, err := DecodeBytes(all["exif1.jfif"], nil)
	if err != nil {
		t.Fatal(err)
	}
	turn := map[int]func(image.Image) *image.NRGBA{
		1: imaging.Clone, 2: imaging.FlipH, 3: imaging.Rotate180, 4: imaging.FlipV,
		5: imaging.Transpose, 6: imaging.Rotate270, 7: imaging.Transverse, 8: imaging.Rotate90,
	}
	for o := 1; o <= 8; o++ {
		b := all[fmt.Sprintf("exif%d.jfif", o)]
		m, err := DecodeBytes(b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := FromImage(turn[o](upright)); !bytes.Equal(m.Pix, want.Pix) || m.W != want.W {
			t.Errorf("orientation %d differs from imaging's", o)
		}
		m, err = DecodeBytes(b, &DecodeOptions{AsStored: true})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.Pix, upright.Pix) {
			t.Errorf("orientation %d: AsStored changed the pixels", o)
		}
	}
	// Larger than a block, and not a multiple of it.
	r := rand.New(rand.NewPCG(1, 2))
	big := NewImage(131, 77)
	for i := range big.Pix {
		big.Pix[i] = uint8(r.Uint32())
	}
	for o, f := range turn {
		if got, want := big.Orient(o), FromImage(f(big)); !bytes.Equal(got.Pix, want.Pix) || got.W != want.W {
			t.Errorf("orientation %d of a larger picture differs from imaging's", o)
		}
	}
}

// Every proper prefix of every picture is refused, and as cut off. A GIF may lack what follows its first frame, a WebP
// its last pad byte, and a JPEG its end marker, with a remark and every pixel in place.
func TestDecodeTruncated(t *testing.T) {
	for name, b := range pictures(t) {
		if name == "cmyk.tif" { // not supported, whole or not
			continue
		}
		var wrong []int
		for n := range b {
			m, err := DecodeBytes(b[:n], nil)
			if err == nil && filepath.Ext(name) == ".jfif" {
				whole, err := decode(t.Context(), b, (*DecodeOptions)(nil).orDefault(), nil)
				if err != nil || whole.remark != "" {
					t.Fatal(name, err, whole.remark)
				}
				part, err := decode(t.Context(), b[:n], (*DecodeOptions)(nil).orDefault(), nil)
				if err != nil || part.remark == "" {
					t.Fatal(name, err, part.remark)
				}
				// The whole file may have been decoded by libvips, whose rounding is another.
				if worst, _ := difference(t, m, whole.Image); n < len(b)-2 || worst > 4 {
					t.Errorf("%s: %d of %d bytes were decoded, worst difference %d", name, n, len(b), worst)
				}
				continue
			}
			if err == nil {
				if filepath.Ext(name) != ".gif" && !(filepath.Ext(name) == ".webp" && n == len(b)-1) {
					wrong = append(wrong, n)
				}
				continue
			}
			var d *DecodeError
			if !errors.As(err, &d) {
				t.Fatalf("%s: %T is not a DecodeError", name, err)
			}
			if !errors.Is(err, ErrTruncated) {
				t.Errorf("%s: %d of %d bytes: %v", name, n, len(b), err)
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s: decoded from %d of %d prefixes, first of %d bytes", name, len(wrong), len(b), wrong[0])
		}
	}
}

func TestDecodeBounds(t *testing.T) {
	b := pictures(t)["rgb.png"] // 37 × 29
	if _, err := DecodeBytes(b, &DecodeOptions{MaxPixels: 37 * 29}); err != nil {
		t.Error(err)
	}
	if _, err := DecodeBytes(b, &DecodeOptions{MaxPixels: 37*29 - 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one pixel too many: %v", err)
	}
	if _, err := Decode(bytes.NewReader(b), &DecodeOptions{MaxBytes: int64(len(b))}); err != nil {
		t.Error(err)
	}
	if _, err := Decode(bytes.NewReader(b), &DecodeOptions{MaxBytes: int64(len(b)) - 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
	// A small file with a huge claim must not be believed.
	bomb := append([]byte(nil), b...)
	copy(bomb[16:], []byte{0, 0, 0x40, 0, 0, 0, 0x17, 0}) // 16384 × 5888, CRC now wrong
	if _, err := DecodeBytes(bomb, nil); err == nil {
		t.Error("a PNG header with a wrong checksum was accepted")
	}
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(j.Bytes(), []byte{0xff, 0xc0})
	copy(j.Bytes()[i+5:], []byte{0x26, 0, 0x27, 0}) // 9984 × 9728: just below the default bound
	if _, err := DecodeBytes(j.Bytes(), nil); !errors.Is(err, ErrTruncated) {
		t.Errorf("97 million pixels in %d bytes: %v", j.Len(), err)
	}
}

func TestDecodeHelpsWithOtherFormats(t *testing.T) {
	for _, c := range []struct{ file, format, advice string }{
		{"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "MP4", "ffmpeg"},
		{"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL", "djxl"},
		{"<!DOCTYPE html><html>404", "HTML", "download"},
		{"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer", "git lfs pull"},
		{"hello, this is a text file", "", "supported are JPEG"},
	} {
		_, err := DecodeBytes([]byte(c.file), nil)
		var d *DecodeError
		if !errors.As(err, &d) || d.Kind != ErrFormat || d.Format != c.format || !strings.Contains(d.Hint(), c.advice) {
			t.Errorf("%q: %v", c.file[:12], err)
		}
	}
	if _, err := DecodeBytes(nil, nil); !errors.Is(err, ErrTruncated) {
		t.Errorf("empty file: %v", err)
	}
}

// A fast path for a type must give what the slow one gives.
func TestFromImageTypes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rect := image.Rect(-3, 5, 20, 22)
	fill := func(p []uint8) {
		for i := range p {
			p[i] = uint8(r.Uint32())
		}
	}
	grey, grey16, nrgba, cmyk := image.NewGray(rect), image.NewGray16(rect), image.NewNRGBA(rect), image.NewCMYK(rect)
	rgba, pal, rgba64, nrgba64 := image.NewRGBA(rect), image.NewPaletted(rect, nil), image.NewRGBA64(rect),
		image.NewNRGBA64(rect)
	for _, p := range [][]uint8{grey.Pix, grey16.Pix, nrgba.Pix, cmyk.Pix, nrgba64.Pix, pal.Pix} {
		fill(p)
	}
	for i := range 256 {
		pal.Palette = append(pal.Palette, color.NRGBA{uint8(i), uint8(7 * i), uint8(255 - i), uint8(128 + i/2)})
	}
	for y := rect.Min.Y; y < rect.Max.Y; y++ {
		for x := rect.Min.X; x < rect.Max.X; x++ {
			rgba.Set(x, y, nrgba.At(x, y))
			rgba64.Set(x, y, nrgba64.At(x, y))
		}
	}
	y444 := image.NewYCbCr(rect, image.YCbCrSubsampleRatio444)
	fill(y444.Y)
	fill(y444.Cb)
	fill(y444.Cr)
	sub := func(m interface {
		SubImage(image.Rectangle) image.Image
	}) image.Image {
		return m.SubImage(image.Rect(0, 8, 11, 21))
	}
	for _, m := range []image.Image{grey, grey16, nrgba, cmyk, rgba, pal, rgba64, nrgba64, y444,
		sub(grey), sub(grey16), sub(nrgba), sub(cmyk), sub(rgba), sub(pal), sub(rgba64), sub(y444)} {
		got := FromImage(m)
		b := m.Bounds()
		if got.W != b.Dx() || got.H != b.Dy() {
			t.Fatalf("%T: %d × %d", m, got.W, got.H)
		}
		for y := range got.H {
			for x := range got.W {
				r, g, bl, a := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
				for c, v := range []uint32{r, g, bl} {
					want := int(v+0xffff-a) >> 8
					if d := int(got.Pix[3*(y*got.W+x)+c]) - want; d < -1 || d > 1 {
						t.Fatalf("%T at %d, %d channel %d: off by %d", m, x, y, c, d)
					}
				}
			}
		}
	}
}

// Each ratio against a plain linear interpolation of the chroma at the sample positions that JPEG means.
func TestChromaIsInterpolated(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct {
		ratio  image.YCbCrSubsampleRatio
		sx, sy int
	}{{image.YCbCrSubsampleRatio422, 2, 1}, {image.YCbCrSubsampleRatio420, 2, 2},
		{image.YCbCrSubsampleRatio440, 1, 2}} {
		for _, size := range []image.Point{{X: 1, Y: 1}, {X: 2, Y: 2}, {X: 3, Y: 5}, {X: 16, Y: 9}, {X: 33, Y: 34}} {
			m := image.NewYCbCr(image.Rectangle{Max: size}, c.ratio)
			for i := range m.Y {
				m.Y[i] = 128
			}
			for i := range m.Cb {
				m.Cb[i], m.Cr[i] = uint8(64+r.IntN(128)), uint8(64+r.IntN(128))
			}
			cw, ch := (size.X+c.sx-1)/c.sx, (size.Y+c.sy-1)/c.sy
			got := FromImage(m)
			for y := range size.Y {
				y0, y1, wy := tap(y, 1/float64(c.sy), ch)
				for x := range size.X {
					x0, x1, wx := tap(x, 1/float64(c.sx), cw)
					at := func(x, y int) float32 { return float32(m.Cr[y*m.CStride+x]) }
					cr := (at(x0, y0)*(1-wx)+at(x1, y0)*wx)*(1-wy) + (at(x0, y1)*(1-wx)+at(x1, y1)*wx)*wy
					want := min(255, max(0, 128+1.402*(cr-128)))
					// two roundings, the first scaled by 1.4
					if d := float32(got.Pix[3*(y*size.X+x)]) - want; d < -1.6 || d > 1.6 {
						t.Fatalf("%v %v at %d, %d: red %d, want %.1f", c.ratio, size, x, y, got.Pix[3*(y*size.X+x)],
							want)
					}
				}
			}
		}
	}
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410} {
		m := image.NewYCbCr(image.Rect(0, 0, 13, 7), ratio)
		for i := range m.Cb {
			m.Cb[i], m.Cr[i] = 90, 180
		}
		if got := FromImage(m).Pix[:3]; got[0] != 73 || got[2] != 0 {
			t.Errorf("%v: %v", ratio, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range pictures(f) {
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o := &DecodeOptions{MaxPixels: 1 << 16, MaxBytes: 1 << 16}
		m, err := DecodeBytes(b, o)
		if err != nil {
			var d *DecodeError
			if !errors.As(err, &d) || m != nil {
				t.Fatalf("%T", err)
			}
			_ = d.Error()
			return
		}
		if m.W < 1 || m.H < 1 || m.W*m.H > 1<<16 || len(m.Pix) != 3*m.W*m.H {
			t.Fatalf("%d × %d with %d bytes", m.W, m.H, len(m.Pix))
		}
	})
}

// Begins tells photos, and what people have in their place, from lists of paths.
func TestBegins(t *testing.T) {
	for name, b := range pictures(t) {
		if head := b[:min(512, len(b))]; !Begins(head) {
			t.Errorf("%s: %.16q is not taken for a photo", name, head)
		}
	}
	for head, want := range map[string]bool{
		"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1": true, "<!DOCTYPE html><html>": true, "<svg xmlns=": true,
		"version https://git-lfs.github.com/spec/v1": true,
		"": false, "a.jpg\nb.jpg": false, "BMW.jpg\nb.jpg": false, "GIF89a.gif": false, "BM\xe4r.jpg": false,
		"IIx/a.jpg": false, "photftyp.jpg": false, "RIFF": false, "BM": false, "a.jpg\x00b.jpg\x00": false,
	} {
		if got := Begins([]byte(head)); got != want {
			t.Errorf("%.24q: %v", head, got)
		}
	}
}

// tap returns the two source samples and the weight of the second for target sample i, half-pixel centres, edges
// repeated.
func tap(i int, f float64, n int) (int, int, float32) {
	s := (float64(i)+0.5)*f - 0.5
	k := int(math.Floor(s))
	return max(0, min(k, n-1)), max(0, min(k+1, n-1)), float32(s - float64(k))
}

// The media type is that of the content, whatever the file's name, and of what is no photo there is none.
func TestMediaType(t *testing.T) {
	kinds := map[string]string{".jfif": "image/jpeg", ".tif": "image/tiff"}
	for name, b := range pictures(t) {
		want := kinds[filepath.Ext(name)]
		if want == "" {
			want = "image/" + filepath.Ext(name)[1:]
		}
		if got := MediaType(b); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, bad := range []string{"", "\xff", "hello", "<svg/>", "<html>", "%PDF-1.7",
		"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"} {
		if got := MediaType([]byte(bad)); got != "" {
			t.Errorf("%q: %q", bad, got)
		}
	}
}
