package photo

import "bytes"

// av1Size is the largest picture of the sequence headers in AV1 data: AV1 specification, sections 5.3 to 5.5. What it
// cannot read counts as none: no decoder reads it either.
func av1Size(b []byte) (w, h uint64) {
	for len(b) > 1 {
		head, kind := b[0], b[0]>>3&15
		b = b[1:]
		if head&4 != 0 { // extension
			b = b[1:]
		}
		n := uint64(len(b))
		if head&2 != 0 {
			var k int
			for n = 0; k < 8 && k < len(b); k++ {
				n |= uint64(b[k]&0x7f) << (7 * k)
				if b[k] < 0x80 {
					k++
					break
				}
			}
			b = b[k:]
			n = min(n, uint64(len(b)))
		}
		if kind == 1 {
			if sw, sh := av1Sequence(b[:n]); sw*sh > w*h {
				w, h = sw, sh
			}
		}
		b = b[n:]
	}
	return w, h
}

// av1Sequence reads a sequence header as far as the size.
func av1Sequence(b []byte) (w, h uint64) {
	r := &bitReader{r: bytes.NewReader(b)}
	r.bits(4) // profile, still picture
	if r.bits(1) == 1 {
		r.bits(5)
	} else {
		delays, model := false, uint64(0)
		if r.bits(1) == 1 { // timing
			r.bits(32)
			r.bits(32)
			if r.bits(1) == 1 {
				zeros := 0
				for r.bits(1) == 0 && zeros < 32 && !r.done {
					zeros++
				}
				r.bits(zeros)
			}
			if r.bits(1) == 1 { // decoder model
				model = r.bits(5) + 1
				r.bits(32)
				r.bits(10)
			}
		}
		delays = r.bits(1) == 1
		for n := r.bits(5) + 1; n > 0; n-- {
			r.bits(12)
			if r.bits(5) > 7 {
				r.bits(1)
			}
			if model > 0 && r.bits(1) == 1 {
				r.bits(int(model))
				r.bits(int(model))
				r.bits(1)
			}
			if delays && r.bits(1) == 1 {
				r.bits(4)
			}
		}
	}
	wn, hn := int(r.bits(4))+1, int(r.bits(4))+1
	w, h = r.bits(wn)+1, r.bits(hn)+1
	return w, h
}

// bitReader reads bits from the highest; behind the end they are zero.
type bitReader struct {
	r    *bytes.Reader
	last byte
	left int
	done bool
}

func (r *bitReader) bits(n int) (v uint64) {
	for ; n > 0; n-- {
		if r.left == 0 {
			c, err := r.r.ReadByte()
			r.last, r.left, r.done = c, 8, err != nil
		}
		r.left--
		v = v<<1 | uint64(r.last>>r.left&1)
	}
	return v
}

// hevcConfig returns the parameter sets of a decoder configuration record (ISO/IEC 14496-15, section 8.3.3.1), each
// with its length of four bytes before it.
func hevcConfig(b []byte) (sets []byte) {
	p := field{b: b}
	p.take(22)
	for n := p.uint(1); n > 0 && !p.short; n-- {
		p.uint(1)
		for k := p.uint(2); k > 0 && !p.short; k-- {
			set := p.take(int(p.uint(2)))
			sets = append(append(sets, 0, 0, byte(len(set)>>8), byte(len(set))), set...)
		}
	}
	return sets
}

// hevcSize is the largest picture of the sequence parameter sets among HEVC units, each with its length of four bytes
// before it: ITU-T H.265, sections 7.3.1 and 7.3.2.2.
func hevcSize(b []byte) (w, h uint64) {
	p := field{b: b}
	for len(p.b) > 4 {
		n := p.uint(4)
		unit := p.take(int(min(n, uint64(len(p.b)))))
		if len(unit) > 2 && unit[0]>>1&63 == 33 {
			if sw, sh := hevcSequence(unit[2:]); sw*sh > w*h {
				w, h = sw, sh
			}
		}
	}
	return w, h
}

// hevcSequence reads a sequence parameter set as far as the size.
func hevcSequence(b []byte) (w, h uint64) {
	b = bytes.ReplaceAll(b[:min(len(b), 4096)], []byte{0, 0, 3}, []byte{0, 0}) // what keeps start codes out
	r := &bitReader{r: bytes.NewReader(b)}
	r.bits(4)
	layers := int(r.bits(3))
	r.bits(1 + 88 + 8) // profile, tier and level
	var has [8][2]bool
	for i := range layers {
		has[i] = [2]bool{r.bits(1) == 1, r.bits(1) == 1}
	}
	if layers > 0 {
		r.bits(2 * (8 - layers))
	}
	for i := range layers {
		if has[i][0] {
			r.bits(88)
		}
		if has[i][1] {
			r.bits(8)
		}
	}
	r.golomb()
	if r.golomb() == 3 { // 4:4:4
		r.bits(1)
	}
	return r.golomb(), r.golomb()
}

// golomb reads an unsigned exponential Golomb code of at most 32 bits.
func (r *bitReader) golomb() uint64 {
	n := 0
	for n < 32 && !r.done && r.bits(1) == 0 {
		n++
	}
	return 1<<n - 1 + r.bits(n)
}
