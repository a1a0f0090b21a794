package file

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// ZeroGaps overwrites the unallocated middle of every b-tree page of an SQLite file; see
// https://www.sqlite.org/fileformat2.html, section 1.6. Overflow and free pages begin with the high byte of a page
// number, 0 in any file below 256 GB, so that the first byte tells b-tree pages from others.
func ZeroGaps(f *os.File) error {
	const block = 64 * PageSize
	b := make([]byte, block)
	zero := make([]byte, PageSize)
	for off := int64(0); ; off += block {
		n, err := f.ReadAt(b, off)
		for p := 0; p+PageSize <= n; p += PageSize {
			from, to, ok := gap(b[p:p+PageSize], off+int64(p) == 0)
			if !ok || allZero(b[p+from:p+to]) {
				continue
			}
			if _, err := f.WriteAt(zero[:to-from], off+int64(p+from)); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return f.Sync()
		case err != nil:
			return err
		}
	}
}

// gap returns the unallocated part of a b-tree page; first is the page that begins with the file header.
func gap(page []byte, first bool) (from, to int, ok bool) {
	h := 0
	if first {
		h = 100
	}
	size := 8
	switch page[h] {
	case 2, 5: // interior
		size = 12
	case 10, 13: // leaf
	default:
		return 0, 0, false
	}
	from = h + size + 2*int(binary.BigEndian.Uint16(page[h+3:]))
	to = int(binary.BigEndian.Uint16(page[h+5:]))
	if to == 0 {
		to = 65536
	}
	return from, to, from < to && to <= len(page)
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
