package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"faceid/embed/internal/phototest"
	"faceid/internal/ortest"
)

func needHEIF(t testing.TB) {
	t.Helper()
	if err := LoadHEIF(ortest.HEIF(t)); err != nil {
		t.Fatal(err)
	}
	if v, err := HEIFVersion(); err != nil || v == "" {
		t.Fatal(v, err)
	}
}

// isHEIF tells the pictures that heif.go reads.
func isHEIF(name string) bool { return filepath.Ext(name) == ".heic" || filepath.Ext(name) == ".avif" }

// Of a HEIF file the bounds are met before a decoder is asked, and its own turning counts once, whatever EXIF says.
func TestHEIFBounds(t *testing.T) {
	needHEIF(t)
	needVIPS(t)
	for name, b := range pictures(t) {
		if !isHEIF(name) {
			continue
		}
		m, err := DecodeBytes(b, &DecodeOptions{AsStored: true})
		if err != nil {
			t.Fatal(name, err)
		}
		n := int64(m.W * m.H)
		if _, err := DecodeBytes(b, &DecodeOptions{MaxPixels: n}); err != nil {
			t.Error(name, err)
		}
		for _, o := range []*DecodeOptions{{MaxPixels: n - 1}, {MaxSide: max(m.W, m.H) - 1}, {MaxMemory: 6 * n}} {
			if _, err := DecodeBytes(b, o); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s of %d × %d pixels by %+v: %v", name, m.W, m.H, *o, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := decode(ctx, b, (*DecodeOptions)(nil).orDefault(), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the file around a coded picture says is compared with what the picture says.
func TestHEIFClaims(t *testing.T) {
	all := pictures(t)
	for name, size := range map[string]func([]byte) (w, h uint64){"soft420.heic": hevcSize, "soft420.avif": av1Size,
		"deep444.heic": hevcSize, "deep420.avif": av1Size} {
		f := &heifFile{b: all[name], items: map[uint32]*heifItem{}}
		top, _ := boxes(all[name])
		for _, x := range top {
			if x.kind == "meta" {
				if why := f.meta(x.data); why != "" {
					t.Fatal(name, why)
				}
			}
		}
		i, why := f.info()
		if why != "" {
			t.Fatal(name, why)
		}
		var w, h uint64
		for _, item := range f.items {
			for _, d := range item.data {
				if a, b := size(d); a*b > w*h {
					w, h = a, b
				}
			}
			for _, k := range item.props {
				if x := f.props[k]; x.kind == "hvcC" {
					w, h = size(hevcConfig(x.data))
				}
			}
		}
		// Coded is what is shown, and up to a block more on each side.
		if w < i.coded[0] || h < i.coded[1] || w > i.coded[0]+64 || h > i.coded[1]+64 {
			t.Errorf("%s: coded %d × %d, said %d × %d", name, w, h, i.coded[0], i.coded[1])
		}
		// The file says ten times as many, or as few.
		claim := all[name]
		at := bytes.Index(claim, []byte("ispe")) + 8
		for _, side := range []byte{0, 255} {
			b := bytes.Clone(claim)
			b[at+2], b[at+6] = side, side
			b[at+3], b[at+7] = 1, 1
			if m, err := DecodeBytes(b, nil); err == nil {
				t.Errorf("%s with sides of 0x%02x01 was decoded to %d × %d", name, side, m.W, m.H)
			}
		}
	}
}

// Without its library a file is refused with the way to get it.
func TestHEIFWithout(t *testing.T) {
	t.Setenv("FACEID_HEIF", "none")
	if e := formatHEIC.without("libheif", "heif-convert"); !strings.Contains(e.Error()+e.Hint(), "unset FACEID_HEIF") {
		t.Errorf("turned off: %v, %s", e, e.Hint())
	}
	t.Setenv("FACEID_HEIF", "")
	for _, f := range []*format{formatHEIC, formatAVIF} {
		e := f.without("libheif", "heif-convert")
		if want := "faceid models pull runtime; or convert it to JPEG, for example: heif-convert"; e.Hint() != want ||
			!errors.Is(e, ErrFormat) {
			t.Error(e, e.Hint())
		}
	}
	if err := LoadHEIF([]string{"one"}); err == nil {
		t.Error("one library was enough")
	}
	if _, err := heifOpen("/nowhere/a.so", "/nowhere/b.so"); err == nil {
		t.Error("libraries that are not there were loaded")
	}
}

func FuzzHEIF(f *testing.F) {
	needHEIF(f)
	needVIPS(f)
	for name, b := range pictures(f) {
		if isHEIF(name) {
			f.Add(b)
		}
	}
	f.Add(phototest.HEIC(phototest.Photo(64, 64), 64, 64, phototest.HEIFOptions{Orientation: 6}))
	f.Add(phototest.HEIC(phototest.Photo(128, 64), 128, 64,
		phototest.HEIFOptions{Tile: 64, Orientation: 5, Deep: true}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 12 { // what is not a HEIF file is FuzzDecode's
			copy(b[4:8], "ftyp")
		}
		o := (&DecodeOptions{MaxPixels: 1 << 17, MaxBytes: 1 << 16}).orDefault()
		p, err := decode(t.Context(), b, o, nil)
		if err != nil {
			if p.Image != nil || !errors.As(err, new(*DecodeError)) {
				t.Fatalf("%T", err)
			}
			_ = fmt.Sprint(err)
			return
		}
		if p.W < 1 || p.H < 1 || p.W*p.H > 1<<17 || len(p.Pix) != 3*p.W*p.H {
			t.Fatalf("%d × %d with %d bytes", p.W, p.H, len(p.Pix))
		}
	})
}

// Made files, turned each way, of 8 and 10 bits, whole and in tiles as phones write them, are the picture.
func TestHEIC(t *testing.T) {
	needHEIF(t)
	const w, h = 150, 118
	src := &Image{Pix: phototest.Photo(w, h), W: w, H: h}
	for _, o := range []phototest.HEIFOptions{{}, {Deep: true}, {Tile: 64}, {Tile: 64, Deep: true}} {
		up, err := DecodeBytes(phototest.HEIC(src.Pix, w, h, o), nil)
		if err != nil {
			t.Fatal(o, err)
		}
		// Noise is lost where the colours are at half the sides.
		if _, mean := difference(t, up, src); mean > 3 {
			t.Errorf("%+v: mean difference %.2f", o, mean)
		}
		for o.Orientation = 1; o.Orientation <= 8; o.Orientation++ {
			b := phototest.HEIC(src.Pix, w, h, o)
			m, err := DecodeBytes(b, nil)
			if err != nil {
				t.Fatal(o, err)
			}
			if worst, mean := difference(t, m, up.Orient(o.Orientation)); mean > 1.5 {
				t.Errorf("%+v: difference from the picture turned afterwards: worst %d, mean %.2f", o, worst, mean)
			}
		}
	}
}
