package phototest

import (
	"encoding/binary"
	"math/bits"
)

// HEIC writes w × h pixels, both even, as a HEIC file without loss but for the colours, which are at half the sides. It
// stores samples as they are (I_PCM of ITU-T H.265), each block of 32 × 32 in a slice of its own: so what arithmetic
// coding there is begins anew each time, and is always the same bits.
func HEIC(pix []uint8, w, h int, o HEIFOptions) []byte {
	tw, th := w, h
	if o.Tile > 0 {
		tw, th = o.Tile, o.Tile
	}
	f := heif{kind: "hvc1", brand: "heic", config: box("hvcC", hvcc(tw, th, o.depth())), colours: bt601}
	for y := 0; y < h; y += th {
		for x := 0; x < w; x += tw {
			f.coded = append(f.coded, slices(pix, w, h, x, y, tw, th, o.depth()))
		}
	}
	return f.file(w, h, o)
}

// bitWriter writes bits from the highest.
type bitWriter struct {
	b    []byte
	free int // of the last byte
}

func (w *bitWriter) put(v uint64, n int) {
	for n--; n >= 0; n-- {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		w.free--
		w.b[len(w.b)-1] |= byte(v>>n&1) << w.free
	}
}

// ue writes exponential Golomb codes.
func (w *bitWriter) ue(vs ...int) {
	for _, v := range vs {
		n := bits.Len(uint(v + 1))
		w.put(uint64(v+1), 2*n-1)
	}
}

// nal returns a unit with its header, its last bit and zeros, kept from looking like a start code.
func (w *bitWriter) nal(kind byte, stop bool) []byte {
	if stop {
		w.put(1, 1)
	}
	out, zeros := []byte{kind << 1, 1}, 0
	for _, c := range w.b {
		if zeros >= 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		if out = append(out, c); c == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return out
}

func (w *bitWriter) profile(depth int) {
	w.put(uint64(map[int]int{8: 1, 10: 2}[depth]), 8)
	w.put(3<<29, 32)
	w.put(0xb, 4)
	w.put(0, 44)
	w.put(186, 8)
}

const ctb = 32

func blocks(n int) int { return (n + ctb - 1) / ctb }

// hvcc is the decoder configuration record: ISO/IEC 14496-15, section 8.3.3.1.
func hvcc(w, h, depth int) []byte {
	var v, s, p bitWriter
	v.put(0x0c01, 16) // identifier 0, both base layer flags, one layer, nested
	v.put(0xffff, 16)
	v.profile(depth)
	v.put(1, 1)
	v.ue(0, 0, 0)
	v.put(0, 6)
	v.ue(0)
	v.put(0, 2)

	s.put(1, 8)
	s.profile(depth)
	s.ue(0, 1, ctb*blocks(w), ctb*blocks(h))
	s.put(1, 1)
	s.ue(0, (ctb*blocks(w)-w)/2, 0, (ctb*blocks(h)-h)/2, depth-8, depth-8, 4)
	s.put(1, 1)
	s.ue(0, 0, 0, 2, 0, 0, 3, 0, 0) // then blocks of 32, transforms of 4 to 32
	s.put(1, 4)                     // neither scaling lists, unequal parts nor adaptive offsets, but PCM
	s.put(uint64(depth-1), 4)
	s.put(uint64(depth-1), 4)
	s.ue(2, 0)
	s.put(1, 1)
	s.ue(0)
	s.put(0, 5)

	p.ue(0, 0)
	p.put(0, 7)
	p.ue(0, 0, 0)
	p.put(0, 3)
	p.ue(0, 0)
	p.put(0, 6)
	p.put(0, 1)     // loop filter across slices
	p.put(0b101, 3) // deblocking: said, not to be changed, off
	p.put(0, 2)
	p.ue(0)
	p.put(0, 2)

	c := []byte{1, byte(map[int]int{8: 1, 10: 2}[depth]), 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 186, 0xf0, 0, 0xfc, 0xfd,
		0xf8 | byte(depth-8), 0xf8 | byte(depth-8), 0, 0, 0x0f, 3}
	for i, n := range [][]byte{v.nal(32, true), s.nal(33, true), p.nal(34, true)} {
		c = append(c, 0x80|byte(32+i), 0, 1, byte(len(n)>>8), byte(len(n)))
		c = append(c, n...)
	}
	return c
}

// slices codes the part of a picture that begins at x0, y0, its edges repeated.
func slices(pix []uint8, w, h, x0, y0, tw, th, depth int) (out []byte) {
	at := func(x, y, c int) int { return int(pix[3*(min(y0+y, h-1)*w+min(x0+x, w-1))+c]) }
	n := blocks(tw) * blocks(th)
	for k := range n {
		var s bitWriter
		if k == 0 {
			s.put(1, 1)
		} else {
			s.put(0, 1)
		}
		s.put(0, 1)
		s.ue(0)
		if k > 0 {
			s.put(uint64(k), bits.Len(uint(n-1)))
		}
		s.ue(2, 0) // intra; the quantiser is not changed
		s.put(1, 1)
		s.free = 0
		s.terminate(270) // after the one bin, likely, that the block is not parted
		bx, by := k%blocks(tw)*ctb, k/blocks(tw)*ctb
		for i := range ctb * ctb {
			x, y := bx+i%ctb, by+i/ctb
			s.sample(0.299*float64(at(x, y, 0))+0.587*float64(at(x, y, 1))+0.114*float64(at(x, y, 2)), depth)
		}
		for c := range 2 {
			for i := range ctb * ctb / 4 {
				var r, g, b float64
				for j := range 4 {
					x, y := bx+2*(i%(ctb/2))+j%2, by+2*(i/(ctb/2))+j/2
					r, g, b = r+float64(at(x, y, 0))/4, g+float64(at(x, y, 1))/4, b+float64(at(x, y, 2))/4
				}
				luma := 0.299*r + 0.587*g + 0.114*b
				s.sample(128+[2]float64{(b - luma) / 1.772, (r - luma) / 1.402}[c], depth)
			}
		}
		s.terminate(510)
		unit := s.nal(19, false)
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(unit))), unit...)
	}
	return out
}

func (w *bitWriter) sample(v float64, depth int) {
	w.put(uint64(min(max(v*float64(int(1)<<(depth-8))+0.5, 0), float64(int(1)<<depth-1))), depth)
}

// terminate writes a terminating bin of one, at the beginning or where the interval's lower end is still 0, and the
// coder's flush with its last bit, and fills the byte with zeros: ITU-T H.265, section 9.3.5.
func (w *bitWriter) terminate(span int) {
	low, first, waiting := span-2, true, 0
	put := func(b int) {
		if !first {
			w.put(uint64(b), 1)
		}
		for first = false; waiting > 0; waiting-- {
			w.put(uint64(1-b), 1)
		}
	}
	for range 7 {
		switch {
		case low < 256:
			put(0)
		case low >= 512:
			low -= 512
			put(1)
		default:
			low -= 256
			waiting++
		}
		low <<= 1
	}
	put(low >> 9 & 1)
	w.put(uint64(low>>7&3|1), 2)
	w.free = 0
}
