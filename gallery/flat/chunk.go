package flat

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"sync/atomic"
	"unsafe"
)

// layout is where everything lies in a file and in a chunk. Offsets are bytes from the chunk's start:
//
//	head (64)            sums of a full chunk: figures, high, low, head
//	s, r4, r8, crc       float32, float32, float32, uint32 a row
//	template, person     int64, int64 a row
//	high, low            dp/2 bytes per row each
//	vectors              float32, dim per row
type layout struct {
	dim, dp, rows  int // rows per chunk
	high, low, vec int // offsets
	size           int // of a chunk, a multiple of 4096
}

const (
	headSize   = 64
	figureSize = 32 // bytes per row
	fileHead   = 4096
)

func newLayout(dim, rows int) layout {
	y := layout{dim: dim, dp: padded(dim), rows: rows}
	y.high = headSize + figureSize*rows // a multiple of 64, for rows is one of 16
	y.low = y.high + y.dp/2*rows
	y.vec = y.low + y.dp/2*rows
	y.size = (y.vec + 4*dim*rows + 4095) &^ 4095
	return y
}

// chunk is up to layout.rows rows: a view of mapped memory or of its own. Rows below a view's count never change
// but by deletion, which sets r4 to never, first, and then everything to zero.
type chunk struct {
	num          int
	buf          []byte // up to the vectors
	h, l         []byte
	s, r4, r8    []float32
	crc          []uint32 // of each row's vector
	tid, pid     []int64
	vec          []float32 // nil where the vectors stay in the file
	mapped, full bool
	checked      atomic.Uint32 // bits part: sums found right
}

// part names what one checksum covers.
type part uint32

const (
	partFigures part = 1 << iota
	partHigh
	partLow
)

func view32[T float32 | uint32](b []byte, n int) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)[:n:n]
}

func view64(b []byte, n int) []int64 {
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(b))), n)[:n:n]
}

// over lays a chunk over buf, which is at least y.vec long and aligned to 8.
func (y *layout) over(num int, buf []byte) *chunk {
	n := y.rows
	f := buf[headSize:]
	return &chunk{
		num: num, buf: buf[:y.vec:y.vec],
		s: view32[float32](f, n), r4: view32[float32](f[4*n:], n), r8: view32[float32](f[8*n:], n),
		crc: view32[uint32](f[12*n:], n),
		tid: view64(f[16*n:], n), pid: view64(f[24*n:], n),
		h: buf[y.high:y.low:y.low], l: buf[y.low:y.vec:y.vec],
	}
}

// alloc returns an empty chunk of its own memory.
func (y *layout) alloc(num int) *chunk {
	words := make([]uint64, (y.vec+7)/8)
	return y.over(num, unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8))
}

// clone copies codes and figures; vectors in memory are shared, for rows of a view are never written again.
func (y *layout) clone(c *chunk) *chunk {
	d := y.alloc(c.num)
	copy(d.buf, c.buf)
	d.vec, d.full = c.vec, c.full
	d.checked.Store(uint32(partFigures | partHigh | partLow))
	return d
}

func (c *chunk) dead(row int) bool {
	bits := atomic.LoadUint32((*uint32)(unsafe.Pointer(&c.r4[row])))
	return bits == math.Float32bits(never)
}

// put writes row i from its codes and figures.
func (c *chunk) put(i int, r Row, u []uint8, s, r4, r8 float32) {
	putRow(c.h, c.l, i, u)
	c.s[i], c.r4[i], c.r8[i] = s, r4, r8
	c.tid[i], c.pid[i] = r.Template, r.Person
	c.crc[i] = vectorSum(r.Vector)
}

// erase deletes row i of a chunk of own memory.
func (c *chunk) erase(i int) {
	dp := len(c.h) / len(c.s) * 2
	block := c.h[i/16*8*dp:][:8*dp]
	for g := 0; g < len(block); g += 64 {
		clear(block[g+i%16*4:][:4])
	}
	clear(c.l[i*dp/2:][:dp/2])
	c.s[i], c.r4[i], c.r8[i], c.crc[i], c.tid[i], c.pid[i] = 0, never, 0, 0, 0, 0
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func bytesOf(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

func vectorSum(v []float32) uint32 { return crc32.Checksum(bytesOf(v), castagnoli) }

// sum is the CRC-32C of one part of the first n rows, begun with the chunk's number so that no chunk
// passes for another.
func (y *layout) sum(c *chunk, p part, n int) uint32 {
	var num [4]byte
	binary.LittleEndian.PutUint32(num[:], uint32(c.num))
	crc := crc32.Checksum(num[:], castagnoli)
	add := func(b []byte) { crc = crc32.Update(crc, castagnoli, b) }
	switch p {
	case partFigures:
		at := headSize
		for _, w := range []int{4, 4, 4, 4, 8, 8} {
			add(c.buf[at : at+w*n])
			at += w * y.rows
		}
	case partLow:
		add(c.l[:n*y.dp/2])
	case partHigh:
		full := n &^ 15
		add(c.h[:full*y.dp/2])
		if full < n { // of the last block only the rows below n count
			block := append([]byte(nil), c.h[full*y.dp/2:][:8*y.dp]...)
			for g := 0; g < len(block); g += 64 {
				clear(block[g+n%16*4 : g+64])
			}
			add(block)
		}
	}
	return crc
}

// sums are the three checksums of a chunk.
type sums [3]uint32

func (y *layout) sumAll(c *chunk, n int) sums {
	return sums{y.sum(c, partFigures, n), y.sum(c, partHigh, n), y.sum(c, partLow, n)}
}

// seal writes the head of a full chunk of own memory.
func (y *layout) seal(c *chunk) {
	for i, s := range y.sumAll(c, y.rows) {
		binary.LittleEndian.PutUint32(c.buf[4*i:], s)
	}
	c.full = true
	c.checked.Store(uint32(partFigures | partHigh | partLow))
}

// holds tells whether part p of a full chunk has the sum that its head says.
func (y *layout) holds(c *chunk, p part) bool {
	i := bits.TrailingZeros32(uint32(p))
	return binary.LittleEndian.Uint32(c.buf[4*i:]) == y.sum(c, p, y.rows)
}

func damaged(num int, what string) error {
	return fmt.Errorf("%w: chunk %d: %s", ErrDamaged, num, what)
}
