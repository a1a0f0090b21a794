package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faceid/embed/internal/phototest"
	"faceid/internal/ortest"
)

// needVIPS loads libvips, and skips a test where it is not on this machine.
func needVIPS(t testing.TB) {
	t.Helper()
	if err := LoadDecoder(ortest.Codec(t)); err != nil {
		t.Fatal(err)
	}
}

func difference(t *testing.T, a, b *Image) (worst int, mean float64) {
	t.Helper()
	if a.W != b.W || a.H != b.H {
		t.Fatalf("%d × %d and %d × %d pixels", a.W, a.H, b.W, b.H)
	}
	return phototest.Difference(t, a.Pix, b.Pix)
}

// What libvips decodes is what Go's decoder does, but for the rounding of the inverse transform; and turned it is the
// same pixels.
func TestVIPS(t *testing.T) {
	needVIPS(t)
	if DecoderVersion() == "" {
		t.Error("no version")
	}
	for name, b := range pictures(t) {
		if filepath.Ext(name) != ".jfif" {
			continue
		}
		want, err := decode(t.Context(), b, (&DecodeOptions{plain: true}).orDefault(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(t.Context(), b, (&DecodeOptions{}).orDefault(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if worst, mean := difference(t, got.Image, want.Image); worst > 4 || mean > 0.6 {
			t.Errorf("%s: worst difference %d, mean %.3f", name, worst, mean)
		}
	}
	b := testJPEG(t, 1200, 800)
	up := vipsJPEG(t.Context(), b, 1200, 800, 1, 1)
	if up == nil {
		t.Fatal("libvips does not decode an ordinary JPEG")
	}
	for o := 1; o <= 8; o++ {
		m := vipsJPEG(t.Context(), b, 1200, 800, 1, o)
		if want := up.Orient(o); m == nil || m.W != want.W || !bytes.Equal(m.Pix, want.Pix) {
			t.Errorf("orientation %d: not as turned afterwards", o)
		}
	}
	for _, k := range []int{2, 4, 8} {
		m := vipsJPEG(t.Context(), b, 1200, 800, k, 1)
		if m == nil {
			t.Fatalf("1/%d: not decoded", k)
		}
		if _, mean := difference(t, m, means(up, k)); mean > 1.5 {
			t.Errorf("1/%d: mean difference %.2f from the means of the whole picture's pixels", k, mean)
		}
	}
}

// means is m at 1/k of its sides, which k divides: each pixel is the mean of k × k.
func means(m *Image, k int) *Image {
	d := NewImage(m.W/k, m.H/k)
	for i := range d.Pix {
		x, y, c, sum := i/3%d.W*k, i/3/d.W*k, i%3, 0
		for j := range k * k {
			sum += int(m.Pix[3*((y+j/k)*m.W+x+j%k)+c])
		}
		d.Pix[i] = uint8((sum + k*k/2) / (k * k))
	}
	return d
}

// A cut file gets the answer that it gets without libvips, and so does every fault that libvips finds. Of a damaged
// scan the two may differ: some damage is a picture to one and none to the other.
func TestVIPSFaults(t *testing.T) {
	needVIPS(t)
	whole := testJPEG(t, 160, 120)
	for n := 0; n < len(whole); n += 7 {
		for _, b := range [][]byte{whole[:n], append(bytes.Clone(whole[:n]), whole[min(len(whole), n+3):]...)} {
			want, errPlain := decode(t.Context(), b, (&DecodeOptions{plain: true}).orDefault(), nil)
			got, err := decode(t.Context(), b, (&DecodeOptions{}).orDefault(), nil)
			if (err != nil || len(b) == n) && fmt.Sprint(err) != fmt.Sprint(errPlain) ||
				err == nil && errPlain == nil && got.remark != want.remark {
				t.Fatalf("at byte %d of %d: %v %q, without libvips %v %q", n, len(whole), err, got.remark, errPlain,
					want.remark)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := decode(ctx, craftJPEG(9000, 9000, 3, 2, false, 1), (&DecodeOptions{}).orDefault(),
		nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// The library is loaded once; what is not a library is refused.
func TestLoadDecoder(t *testing.T) {
	if os.Getenv("PHOTO_TEST_DECODE") != "" {
		t.Skip("this process only decodes for another test, and loads the library itself")
	}
	needVIPS(t)
	if err := LoadDecoder("/nowhere"); err != nil {
		t.Errorf("a second library: %v", err)
	}
	if _, err := vipsOpen("/nowhere/libvips.so"); err == nil {
		t.Error("a library that is not there was loaded")
	}
}

func FuzzVIPS(f *testing.F) {
	needVIPS(f)
	for name, b := range pictures(f) {
		if filepath.Ext(name) == ".jfif" {
			f.Add(b, byte(2))
		}
	}
	f.Add(craftJPEG(64, 64, 3, 2, true, 12), byte(0))
	f.Add(craftJPEG(64, 64, 4, 1, false, 1), byte(1))
	f.Fuzz(func(t *testing.T, b []byte, k byte) {
		shrink := 1 << (k % 4)
		o := (&DecodeOptions{MaxPixels: 1 << 16, MaxBytes: 1 << 16}).orDefault()
		p, err := decode(t.Context(), b, o, func(int, int) int { return shrink })
		if err != nil {
			if p.Image != nil || !errors.As(err, new(*DecodeError)) {
				t.Fatalf("%T", err)
			}
			return
		}
		if p.W < 1 || p.H < 1 || len(p.Pix) != 3*p.W*p.H {
			t.Fatalf("%d × %d with %d bytes", p.W, p.H, len(p.Pix))
		}
	})
}
