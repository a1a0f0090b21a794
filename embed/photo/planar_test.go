package photo

import (
	"bytes"
	"encoding/binary"
	"testing"

	"faceid/embed/internal/phototest"
)

// A TIFF whose samples lie in planes, in strips of some rows, is the picture, in either byte order.
func TestPlanarTIFF(t *testing.T) {
	const w, h, rows = 37, 29, 10
	pix := phototest.Photo(w, h)
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		b := []byte("II*\x00\x00\x00\x00\x00")
		if order.String() == "BigEndian" {
			b = []byte("MM\x00*\x00\x00\x00\x00")
		}
		var at, size []uint32
		for c := range 3 {
			for y := 0; y < h; y += rows {
				at = append(at, uint32(len(b)))
				for i := y * w; i < min(y+rows, h)*w; i++ {
					b = append(b, pix[3*i+c])
				}
				size = append(size, uint32(len(b))-at[len(at)-1])
			}
		}
		lists := uint32(len(b))
		for _, v := range append(at, size...) {
			b = order.AppendUint32(b, v)
		}
		bits := uint32(len(b))
		for range 3 {
			b = order.AppendUint16(b, 8)
		}
		n := uint32(len(at))
		dir := order.AppendUint32(nil, uint32(len(b)))
		copy(b[4:], dir)
		b = order.AppendUint16(b, 10)
		for _, e := range [][4]uint32{{256, 4, 1, w}, {257, 4, 1, h}, {258, 3, 3, bits}, {259, 4, 1, 1}, {262, 4, 1, 2},
			{273, 4, n, lists}, {277, 4, 1, 3}, {278, 4, 1, rows}, {279, 4, n, lists + 4*n}, {284, 4, 1, 2}} {
			b = order.AppendUint16(order.AppendUint16(b, uint16(e[0])), uint16(e[1]))
			b = order.AppendUint32(order.AppendUint32(b, e[2]), e[3])
		}
		b = append(b, 0, 0, 0, 0)
		m, err := DecodeBytes(b, nil)
		if err != nil {
			t.Fatal(order, err)
		}
		if m.W != w || m.H != h || !bytes.Equal(m.Pix, pix) {
			t.Errorf("%v: another picture", order)
		}
	}
}
