package flat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"unsafe"
)

// A file is a head of 4096 bytes and the chunks. All numbers are little-endian.
//
//	0     magic "FACEFLT1", version, dim, rows per chunk (uint32 each), CRC-32C of these
//	1024  commit record of even number
//	2048  commit record of odd number
//
// The valid commit record with the higher number counts. Rows are written behind the committed ones, made
// durable, and then committed by overwriting the other record: whatever is torn, one record and its rows are whole.
const (
	magic   = "FACEFLT1"
	version = 1
)

// commit says what of the file counts.
type commit struct {
	Seq     uint64
	Rows    uint64
	Live    uint64
	Deletes uint64 // deletions so far: readers that see it change drop copies of chunks
	Dirty   uint64 // 1 while a deletion is under way; if its writer died, the file is damaged
	Stamp   Stamp
	Tail    sums // of the rows in the last chunk, if it is not full
}

var commitSize = binary.Size(commit{})

func (c *commit) at() int64 { return 1024 + 1024*int64(c.Seq%2) }

func (c *commit) encode() []byte {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, c); err != nil {
		panic(err) // fixed-size fields only
	}
	return binary.LittleEndian.AppendUint32(b.Bytes(), crc32.Checksum(b.Bytes(), castagnoli))
}

func decodeCommit(b []byte) (c commit, ok bool) {
	b = b[:commitSize+4]
	if crc32.Checksum(b[:commitSize], castagnoli) != binary.LittleEndian.Uint32(b[commitSize:]) {
		return c, false
	}
	if err := binary.Read(bytes.NewReader(b), binary.LittleEndian, &c); err != nil {
		return c, false
	}
	return c, true
}

func encodeHead(y *layout) []byte {
	b := append(make([]byte, 0, fileHead), magic...)
	for _, v := range []int{version, y.dim, y.rows} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readHead reads what every file must have. torn is set if one of the two commit records is not good:
// the answer is then the state before the last commit.
func readHead(f io.ReaderAt) (y layout, c commit, torn bool, err error) {
	b := make([]byte, fileHead)
	if n, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return y, c, false, fmt.Errorf("flat: %w", err)
	} else if !ours(b[:n]) {
		return y, c, false, ErrNotIndex
	} else if n < fileHead {
		return y, c, false, fmt.Errorf("%w: %d bytes only", ErrDamaged, n)
	}
	if crc32.Checksum(b[:20], castagnoli) != binary.LittleEndian.Uint32(b[20:]) {
		return y, c, false, fmt.Errorf("%w: file head", ErrDamaged)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return y, c, false, fmt.Errorf("%w: %d, want %d", ErrVersion, v, version)
	}
	dim, rows := int(binary.LittleEndian.Uint32(b[12:])), int(binary.LittleEndian.Uint32(b[16:]))
	if err := checkShape(dim, rows); err != nil {
		return y, c, false, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	y = newLayout(dim, rows)
	even, ok0 := decodeCommit(b[1024:])
	odd, ok1 := decodeCommit(b[2048:])
	switch {
	case !ok0 && !ok1:
		return y, c, false, fmt.Errorf("%w: no commit record", ErrDamaged)
	case !ok1 || ok0 && even.Seq > odd.Seq:
		c = even
	default:
		c = odd
	}
	// The sum of a record does not protect from one that was valid and says nonsense.
	if c.Rows > math.MaxInt32 || c.Live > c.Rows {
		return y, c, false, fmt.Errorf("%w: commit record says %d rows, %d live", ErrDamaged, c.Rows, c.Live)
	}
	return y, c, !ok0 || !ok1, nil
}

// ours reports whether a file with this head is an index, or what a power cut may have left of one: a beginning of its
// magic, or zeros.
func ours(head []byte) bool {
	return strings.HasPrefix(magic, string(head[:min(len(head), len(magic))])) || len(bytes.TrimLeft(head, "\x00")) == 0
}

// Remove removes the index file at path. It returns fs.ErrNotExist, or ErrNotIndex for a file that is something else.
func Remove(path string) error {
	if err := Replaceable(path); err != nil {
		return err
	}
	return os.Remove(path)
}

// Replaceable returns nil where Create may put an index: there is none, or a file that is one, whole or damaged.
// It returns ErrNotIndex for a file that is something else, and another error for what is not a file or cannot be read.
func Replaceable(path string) error {
	fi, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, fileHead)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if !ours(head[:n]) {
		return fmt.Errorf("%s: %w", path, ErrNotIndex)
	}
	return nil
}

func checkShape(dim, rows int) error {
	if dim < 1 || dim > maxDim {
		return fmt.Errorf("dimension %d, want 1 to %d", dim, maxDim)
	}
	if rows < 16 || rows > 65536 || rows%16 != 0 {
		return fmt.Errorf("%d rows per chunk, want a multiple of 16 up to 65536", rows)
	}
	return nil
}

func (y *layout) offset(num int) int64 { return fileHead + int64(num)*int64(y.size) }

// end is the least size of a file with n rows. A begun chunk takes its whole place.
func (y *layout) end(n int) int64 { return y.offset((n + y.rows - 1) / y.rows) }

// writeRows writes rows [a, b) of c, whose chunk is otherwise in the file, and their vectors, one after another.
func (y *layout) writeRows(f *os.File, c *chunk, a, b int, vec []float32) error {
	at := y.offset(c.num)
	put := func(from, to int) error {
		_, err := f.WriteAt(c.buf[from:to], at+int64(from))
		return err
	}
	ranges := [][2]int{{y.high + a&^15*y.dp/2, y.high + (b+15)&^15*y.dp/2}, {y.low + a*y.dp/2, y.low + b*y.dp/2}}
	if a == 0 && b == y.rows {
		ranges = [][2]int{{0, y.vec}} // a whole chunk in one piece
	} else {
		off := headSize
		for _, w := range []int{4, 4, 4, 4, 8, 8} {
			ranges = append(ranges, [2]int{off + w*a, off + w*b})
			off += w * y.rows
		}
		if c.full {
			ranges = append(ranges, [2]int{0, headSize})
		}
	}
	for _, r := range ranges {
		if err := put(r[0], r[1]); err != nil {
			return err
		}
	}
	_, err := f.WriteAt(bytesOf(vec), at+int64(y.vec)+int64(a)*4*int64(y.dim))
	return err
}

// readVectors reads rows [a, a+n) of a chunk's vectors into v.
func (y *layout) readVectors(f io.ReaderAt, num, a, n int, v []float32) error {
	_, err := f.ReadAt(bytesOf(v[:n*y.dim]), y.offset(num)+int64(y.vec)+int64(a)*4*int64(y.dim))
	if err != nil {
		return fmt.Errorf("%w: chunk %d: vectors: %w", ErrDamaged, num, err)
	}
	return nil
}

// grow makes room for n rows. Where the file system knows holes, a begun chunk costs only what is written.
func (y *layout) grow(f *os.File, n int) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() < y.end(n) {
		return f.Truncate(y.end(n))
	}
	return nil
}

// littleEndian is what the file and the checksums of vectors assume of the machine.
var littleEndian = func() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 1
}()
