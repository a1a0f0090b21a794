package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"strings"
	"testing"
)

// craftRaw writes a file as a camera does: in its first directory a thumbnail of 4 × 3 grey pixels and the orientation,
// in one below it, or at both, JPEG previews.
func craftRaw(orientation uint16, previews ...[]byte) []byte {
	le := binary.LittleEndian
	b := append([]byte("II*\x00\x00\x00\x00\x00"), make([]byte, 12)...)
	var subs []uint32
	for _, p := range previews {
		at := uint32(len(b))
		b = append(b, p...)
		subs = append(subs, uint32(len(b)))
		b = le.AppendUint16(b, 3)
		for _, e := range [][4]uint32{{259, 3, 1, 7}, {273, 4, 1, at}, {279, 4, 1, uint32(len(p))}} {
			b = le.AppendUint16(le.AppendUint16(b, uint16(e[0])), uint16(e[1]))
			b = le.AppendUint32(le.AppendUint32(b, e[2]), e[3])
		}
		b = append(b, 0, 0, 0, 0)
	}
	list := uint32(len(b))
	for _, s := range subs {
		b = le.AppendUint32(b, s)
	}
	if len(subs) == 1 {
		list = subs[0]
	}
	le.PutUint32(b[4:], uint32(len(b)))
	b = le.AppendUint16(b, 11)
	for _, e := range [][4]uint32{{254, 4, 1, 1}, {256, 4, 1, 4}, {257, 4, 1, 3}, {258, 3, 1, 8}, {259, 3, 1, 1},
		{262, 3, 1, 1}, {273, 4, 1, 8}, {274, 3, 1, uint32(orientation)}, {278, 4, 1, 3}, {279, 4, 1, 12},
		{330, 4, uint32(len(subs)), list}} {
		b = le.AppendUint16(le.AppendUint16(b, uint16(e[0])), uint16(e[1]))
		b = le.AppendUint32(le.AppendUint32(b, e[2]), e[3])
	}
	return append(b, 0, 0, 0, 0)
}

// Of a raw file the largest preview is read, turned as the file says, and its thumbnail never.
func TestRaw(t *testing.T) {
	small, large := testJPEG(t, 160, 120), testJPEG(t, 800, 600)
	want, err := DecodeBytes(large, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []int{1, 6, 8} {
		b := craftRaw(uint16(o), small, large)
		m, remark, err := Read(t.Context(), b, nil, nil)
		if err != nil || !strings.Contains(remark, "preview of 800 × 600") {
			t.Fatal(remark, err)
		}
		if up := want.Orient(o); m.W != up.W || !bytes.Equal(m.Pix, up.Pix) {
			t.Errorf("orientation %d: %d × %d, not as the preview turned", o, m.W, m.H)
		}
	}
	for _, b := range [][]byte{craftRaw(1), craftRaw(1, small)} {
		m, err := DecodeBytes(b, nil)
		var d *DecodeError
		if !errors.As(err, &d) || d.Kind != ErrFormat || !strings.Contains(d.Hint(), "develop") {
			t.Errorf("%v %v", m, err)
		}
	}
	// A directory that names itself.
	b := craftRaw(1, small)
	i := bytes.LastIndex(b, []byte{0x4a, 1, 4, 0, 1, 0, 0, 0}) // tag 330
	copy(b[i+8:], b[4:8])
	if _, err := DecodeBytes(b, nil); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// The first picture of an animated WebP lies where its frame says, on white.
func TestAnimatedWebP(t *testing.T) {
	b := pictures(t)["animated.webp"]
	whole, err := DecodeBytes(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	moved := bytes.Clone(b)
	i := bytes.Index(moved, []byte("VP8X")) + 8
	moved[i+4], moved[i+7] = byte(whole.W+5), byte(whole.H+3) // each less one
	moved[bytes.Index(moved, []byte("ANMF"))+8] = 3           // times two
	m, err := DecodeBytes(moved, nil)
	if err != nil || m.W != whole.W+6 || m.H != whole.H+4 {
		t.Fatal(m, err)
	}
	for y := range m.H {
		for x := range m.W {
			want := []byte{255, 255, 255}
			if (image.Point{x - 6, y}).In(whole.Bounds()) {
				want = whole.Pix[3*(y*whole.W+x-6):][:3]
			}
			if !bytes.Equal(m.Pix[3*(y*m.W+x):][:3], want) {
				t.Fatalf("pixel %d, %d", x, y)
			}
		}
	}
	moved[bytes.Index(moved, []byte("ANMF"))+8] = 4
	if _, err := DecodeBytes(moved, nil); !errors.Is(err, ErrFormat) {
		t.Error("a picture beside the canvas:", err)
	}
}
