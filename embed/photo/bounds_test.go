package photo

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"faceid/internal/ortest"

	"golang.org/x/image/bmp"
)

// craftJPEG writes a grey JPEG file of w × h pixels in so many components of sampling 1 × 1, or with the first of them
// of samp × samp. Each block takes one bit. A progressive file has its DC scan and then scans of AC, all of end-of-band
// runs.
func craftJPEG(w, h, components, samp int, progressive bool, scans int) []byte {
	var b bytes.Buffer
	seg := func(m byte, p ...byte) {
		b.Write([]byte{0xff, m})
		_ = binary.Write(&b, binary.BigEndian, uint16(len(p)+2))
		b.Write(p)
	}
	b.Write([]byte{0xff, 0xd8})
	seg(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	sof := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(components)}
	for c := range components {
		s := byte(0x11)
		if c == 0 {
			s = byte(samp<<4 | samp)
		}
		sof = append(sof, byte(c+1), s, 0)
	}
	if components == 4 { // without this marker of Adobe's nobody knows what the four are
		seg(0xee, append([]byte("Adobe\x00\x64"), 0, 0, 0, 0, 0)...)
	}
	marker := byte(0xc0)
	if progressive {
		marker = 0xc2
	}
	seg(marker, sof...)
	one := func(class, symbol byte) {
		seg(0xc4, append([]byte{class << 4, 1}, append(make([]byte, 15), symbol)...)...)
	} // the code 0
	one(0, 0)
	one(1, 0)
	mcus := func(n int) int { return (n + 8*samp - 1) / (8 * samp) }
	bits := mcus(w) * mcus(h) * (samp*samp + components - 1)
	sos := []byte{byte(components)}
	for c := range components {
		sos = append(sos, byte(c+1), 0)
	}
	if !progressive {
		seg(0xda, append(sos, 0, 63, 0)...)
		b.Write(make([]byte, 2*bits/8+1)) // DC of category 0 and end of block
	} else {
		seg(0xda, append(sos, 0, 0, 0)...)
		b.Write(make([]byte, bits/8+1))
		one(1, 0xe0) // a run of 2^14 blocks and what the next 14 bits say
		n := (w + 7) / 8 * ((h + 7) / 8)
		for s := range scans - 1 {
			seg(0xda, 1, 1, 0, byte(1+s%63), byte(1+s%63), 0)
			b.Write(make([]byte, 15*(n>>14+1)/8+1))
		}
	}
	b.Write([]byte{0xff, 0xd9})
	return b.Bytes()
}

// craftPNG writes a PNG file of zeros.
func craftPNG(w, h int, depth, kind, interlace byte, channels int) []byte {
	var z bytes.Buffer
	d, _ := zlib.NewWriterLevel(&z, zlib.BestSpeed)
	rows := func(w, h int) {
		if w > 0 {
			line := make([]byte, 1+(w*channels*int(depth)+7)/8)
			for range h {
				_, _ = d.Write(line)
			}
		}
	}
	if interlace == 0 {
		rows(w, h)
	} else {
		for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2},
			{0, 1, 1, 2}} {
			rows((w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3])
		}
	}
	d.Close()
	b := bytes.NewBufferString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, p []byte) {
		_ = binary.Write(b, binary.BigEndian, uint32(len(p)))
		p = append([]byte(name), p...)
		b.Write(p)
		_ = binary.Write(b, binary.BigEndian, crc32.ChecksumIEEE(p))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	chunk("IHDR", append(head, depth, kind, 0, 0, interlace))
	if kind == 3 {
		chunk("PLTE", make([]byte, 3<<depth))
	}
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

// craftTIFF writes a TIFF file of zeros, deflated in strips of so many rows.
func craftTIFF(w, h, samples, bits, rows int) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x00\x00\x00\x00")
	var offsets, sizes []uint32
	for y := 0; y < h; y += rows {
		var z bytes.Buffer
		d, _ := zlib.NewWriterLevel(&z, zlib.BestSpeed)
		_, _ = d.Write(make([]byte, w*samples*bits/8*min(rows, h-y)))
		d.Close()
		offsets, sizes = append(offsets, uint32(len(b))), append(sizes, uint32(z.Len()))
		b = append(b, z.Bytes()...)
	}
	array := func(v []uint32) uint32 {
		if len(v) == 1 {
			return v[0]
		}
		at := uint32(len(b))
		for _, x := range v {
			b = le.AppendUint32(b, x)
		}
		return at
	}
	po, ps := array(offsets), array(sizes)
	bps := uint32(bits)
	if samples == 3 {
		bps = uint32(len(b))
		for range 3 {
			b = le.AppendUint16(b, uint16(bits))
		}
	}
	le.PutUint32(b[4:], uint32(len(b)))
	b = le.AppendUint16(b, 9)
	for _, e := range [][4]uint32{{256, 4, 1, uint32(w)}, {257, 4, 1, uint32(h)}, {258, 3, uint32(samples), bps},
		{259, 3, 1, 8},
		{262, 3, 1, uint32(min(2, samples))}, {273, 4, uint32(len(offsets)), po}, {277, 3, 1, uint32(samples)},
		{278, 4, 1, uint32(rows)}, {279, 4, uint32(len(offsets)), ps}} {
		b = le.AppendUint16(le.AppendUint16(b, uint16(e[0])), uint16(e[1]))
		b = le.AppendUint32(le.AppendUint32(b, e[2]), e[3])
	}
	return append(b, 0, 0, 0, 0)
}

func craftGIF(w, h int, part image.Rectangle) []byte {
	var b bytes.Buffer
	m := image.NewPaletted(part, color.Palette{color.Black, color.White})
	g := &gif.GIF{Image: []*image.Paletted{m}, Delay: []int{0},
		Config: image.Config{ColorModel: m.Palette, Width: w, Height: h}}
	if err := gif.EncodeAll(&b, g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func craftBMP(w, h int) []byte {
	var b bytes.Buffer
	if err := bmp.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// decodeChild decodes a file in a process of its own, and prints by how much its memory grew at the most, in bytes.
func decodeChild(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(os.Getenv("PHOTO_TEST_MEMORY"), 10, 64)
	if err != nil {
		return err
	}
	if lib := os.Getenv("PHOTO_TEST_VIPS"); lib != "" {
		if err := LoadDecoder(lib); err != nil {
			return err
		}
		_, _ = DecodeBytes(craftJPEG(64, 64, 3, 2, false, 1), nil) // what the library takes once
	}
	before := peakRSS()
	m, err := DecodeBytes(b, &DecodeOptions{MaxMemory: n})
	if err != nil {
		return err
	}
	after := peakRSS()
	fmt.Printf("%d %d %d\n", after-before, m.W, m.H)
	return nil
}

func peakRSS() int64 {
	b, _ := os.ReadFile("/proc/self/status")
	for l := range strings.Lines(string(b)) {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "VmHWM:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// A picture of each kind, as large as the bound on memory allows, takes no more than it.
func TestDecodeMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	if raceEnabled {
		t.Skip("the race detector takes memory of its own")
	}
	bound := int64(150e6)
	switch {
	case os.Getenv("FACEID_SLOW") == "1":
		bound = 400e6
	case testing.Short():
		bound = 110e6
	}
	turned := func(b []byte) []byte { // with EXIF orientation 6
		exif := append([]byte{0xff, 0xe1, 0, 34},
			"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"+
				"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"...)
		return append(append(append([]byte(nil), b[:2]...), exif...), b[2:]...)
	}
	kinds := map[string]func(w, h int) []byte{
		"jpeg 420":             func(w, h int) []byte { return craftJPEG(w, h, 3, 2, false, 1) },
		"jpeg 444":             func(w, h int) []byte { return craftJPEG(w, h, 3, 1, false, 1) },
		"jpeg grey":            func(w, h int) []byte { return craftJPEG(w, h, 1, 1, false, 1) },
		"jpeg CMYK":            func(w, h int) []byte { return craftJPEG(w, h, 4, 1, false, 1) },
		"jpeg 420 turned":      func(w, h int) []byte { return turned(craftJPEG(w, h, 3, 2, false, 1)) },
		"jpeg progressive 420": func(w, h int) []byte { return craftJPEG(w, h, 3, 2, true, 10) },
		"jpeg progressive 444": func(w, h int) []byte { return craftJPEG(w, h, 3, 1, true, 10) },
		"png rgb":              func(w, h int) []byte { return craftPNG(w, h, 8, 2, 0, 3) },
		"png rgb interlaced":   func(w, h int) []byte { return craftPNG(w, h, 8, 2, 1, 3) },
		"png rgb 16":           func(w, h int) []byte { return craftPNG(w, h, 16, 2, 0, 3) },
		"png rgba 16":          func(w, h int) []byte { return craftPNG(w, h, 16, 6, 0, 4) },
		"png grey 16":          func(w, h int) []byte { return craftPNG(w, h, 16, 0, 0, 1) },
		"png palette":          func(w, h int) []byte { return craftPNG(w, h, 1, 3, 0, 1) },
		"tiff grey":            func(w, h int) []byte { return craftTIFF(w, h, 1, 8, 16) },
		"tiff rgb":             func(w, h int) []byte { return craftTIFF(w, h, 3, 8, 16) },
		"tiff rgb, one strip":  func(w, h int) []byte { return craftTIFF(w, h, 3, 8, h) },
		"tiff rgb 16":          func(w, h int) []byte { return craftTIFF(w, h, 3, 16, 16) },
		"gif":                  func(w, h int) []byte { return craftGIF(w, h, image.Rect(0, 0, w, h)) },
		"gif, a part":          func(w, h int) []byte { return craftGIF(w, h, image.Rect(1, 1, w, h)) },
		"bmp":                  func(w, h int) []byte { return craftBMP(w, h) },
	}
	lib := ortest.Store(t).Codec()
	if lib != "" {
		for _, name := range []string{"jpeg 420", "jpeg grey", "jpeg 420 turned", "jpeg progressive 420",
			"jpeg progressive 444"} {
			kinds[name+" by libvips"] = kinds[name]
		}
	}
	for name, f := range kinds {
		vips := ""
		if strings.HasSuffix(name, "by libvips") {
			vips = lib
		}
		if testing.Short() && !strings.Contains("jpeg 420 turned, jpeg progressive 444 by libvips, jpeg progressive "+
			"444, png rgba 16, tiff rgb 16, gif, a part", name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			side := int(math.Sqrt(float64(bound) / 40))
			try := func(w, h int) (int64, error) { // what decoding would take
				b := f(w, h)
				k, err := sniff(b)
				if err != nil {
					t.Fatal(err)
				}
				c, err := k.header(t.Context(), b)
				if err != nil {
					t.Fatal(err)
				}
				c.orientation = orientation(b, k.meta)
				err = k.check(b, &c, (&DecodeOptions{MaxMemory: bound}).orDefault(), vips != "", 1)
				return c.peak, err
			}
			peak, err := try(side, side)
			if err != nil {
				t.Fatal(err)
			}
			// Now as many rows as the bounds on memory and on pixels have room for, and some too many.
			pixels := float64((&DecodeOptions{}).orDefault().MaxPixels)
			rows := int(min(float64(side)*float64(bound)/float64(peak), pixels/float64(side))) &^ 15
			if _, err := try(side, rows+rows/8); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%d × %d pixels were not refused: %v", side, rows+rows/8, err)
			}
			path := filepath.Join(t.TempDir(), "photo")
			decode := func() (string, error) {
				if err := os.WriteFile(path, f(side, rows), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), "PHOTO_TEST_DECODE="+path, fmt.Sprintf("PHOTO_TEST_MEMORY=%d", bound),
					"PHOTO_TEST_VIPS="+vips)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			out, err := decode()
			if vips != "" && strings.Contains(out, "more than 400") {
				// libvips has a bound of its own on progressive pictures; Go's decoder, which takes more, then refuses.
				rows = rows / 2 &^ 15
				out, err = decode()
			}
			if err != nil {
				t.Fatalf("%d × %d: %v\n%.1000s", side, rows, err, out)
			}
			var grew int64
			if _, err := fmt.Sscan(out, &grew); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d × %d pixels: %d MB, allowed %d", side, rows, grew/1e6, bound/1e6)
			if grew > bound+bound/20+8<<20 { // the process's own growth stands beside the picture's
				t.Errorf("took %d bytes, the bound is %d", grew, bound)
			}
		})
	}
}

// What a small file claims is refused by the bound that it breaks, which the error names, without the work being done.
func TestDecodeRefusesWork(t *testing.T) {
	long := craftPNG(100_000_000, 1, 1, 0, 0, 1)
	scans := craftJPEG(8000, 8000, 1, 1, true, 900)
	strips := craftTIFF(64, 64_000, 3, 8, 8)
	// All strips are the whole file.
	d, _, ok := readTIFFDir(strips, binary.LittleEndian.Uint32(strips[4:]))
	if !ok || len(d[tagStripBytes]) != 8000 {
		t.Fatal("the test's TIFF is not as it should be")
	}
	sizes := binary.LittleEndian.AppendUint32(nil, d[tagStripBytes][0])
	at := bytes.Index(strips, bytes.Repeat(sizes, 4)) // all are zeros, and of one size
	for i := range 8000 {
		binary.LittleEndian.PutUint32(strips[at+4*i:], uint32(len(strips)))
	}
	for _, c := range []struct {
		name, says string
		b          []byte
		kind       error
	}{
		{"a PNG of one line", "no side may be longer than 65500", long, ErrTooLarge},
		{"a JPEG of 900 scans", "900 scans", scans, ErrTooLarge},
		{"a TIFF whose strips are each the file", "more bytes than the file", strips, ErrFormat},
	} {
		_, err := DecodeBytes(c.b, nil)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Decoding ends when its context does, whatever the format.
func TestDecodeStops(t *testing.T) {
	for name, b := range map[string][]byte{
		"png": craftPNG(9000, 9000, 8, 0, 0, 1), "jpeg": craftJPEG(9000, 9000, 1, 1, false, 1),
		"tiff": craftTIFF(9000, 9000, 1, 8, 16),
		"gif":  craftGIF(5000, 5000, image.Rect(0, 0, 5000, 5000)), "bmp": craftBMP(4000, 4000),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, err := decode(ctx, b, (*DecodeOptions)(nil).orDefault(), nil)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
