package photo

import (
	"bytes"
	"encoding/binary"
)

// jpegInfo is what a JPEG's markers tell without its pixels (ITU-T T.81, annex B).
type jpegInfo struct {
	w, h        int
	progressive bool
	components  int
	samples     float64 // samples for each pixel, over all components: 1.5 for 4:2:0
	scans       int
	ended       bool // the end marker is there

	// of each component, how many low bits of each coefficient no scan has brought; -1: not even the high ones
	bits map[byte]*[64]int8
}

// complete reports whether every scan has begun that brings a bit of a coefficient: only the end marker may be missing.
func (j *jpegInfo) complete() bool {
	for _, c := range j.bits {
		for _, b := range c {
			if b != 0 {
				return false
			}
		}
	}
	return len(j.bits) == j.components
}

// scanJPEG walks from marker to marker. What it cannot read it leaves to the decoder to complain about.
func scanJPEG(b []byte) *jpegInfo {
	j := &jpegInfo{samples: 3, components: 3}
	for i := 2; ; {
		k := bytes.IndexByte(b[min(i, len(b)):], 0xff)
		if k < 0 {
			return j
		}
		i += k
		for i < len(b) && b[i] == 0xff { // fill bytes
			i++
		}
		if i >= len(b) {
			return j
		}
		m := b[i]
		i++
		switch {
		case m == 0 || m == 1 || m >= 0xd0 && m <= 0xd8: // a stuffed zero, restarts, start: no length follows
			continue
		case m == 0xd9:
			j.ended = true
			return j
		}
		if i+2 > len(b) {
			return j
		}
		n := int(binary.BigEndian.Uint16(b[i:]))
		part := b[min(i+2, len(b)):min(max(i+2, i+n), len(b))]
		switch {
		case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
			j.frame(m, part)
		case m == 0xda:
			j.scans++
			j.scan(part)
		}
		i += max(2, n)
	}
}

// frame reads a frame header.
func (j *jpegInfo) frame(marker byte, p []byte) {
	if len(p) < 6 || len(p) < 6+3*int(p[5]) || p[5] == 0 {
		return
	}
	j.progressive = marker&3 == 2
	j.h, j.w, j.components = int(binary.BigEndian.Uint16(p[1:])), int(binary.BigEndian.Uint16(p[3:])), int(p[5])
	j.bits = map[byte]*[64]int8{}
	var sum, h, v int
	for c := range j.components {
		s := p[6+3*c+1]
		bits := &[64]int8{}
		for i := range bits {
			bits[i] = -1
		}
		j.bits[p[6+3*c]] = bits
		sum += int(s>>4) * int(s&15)
		h, v = max(h, int(s>>4)), max(v, int(s&15))
	}
	if h*v > 0 {
		j.samples = float64(sum) / float64(h*v)
	}
}

// scan reads a scan header.
func (j *jpegInfo) scan(p []byte) {
	if len(p) < 1 || len(p) < 1+2*int(p[0])+3 {
		return
	}
	q := p[1+2*int(p[0]):]
	from, to, low := 0, 63, int8(0)
	if j.progressive {
		from, to, low = int(q[0]), int(q[1]), int8(q[2]&15)
	}
	for c := range int(p[0]) {
		if bits := j.bits[p[1+2*c]]; bits != nil {
			for k := from; k <= min(to, 63); k++ {
				bits[k] = low
			}
		}
	}
}
