package photo

import (
	"encoding/binary"
	"math"
)

// Tags of TIFF 6.0 that matter here.
const (
	tagWidth       = 256
	tagHeight      = 257
	tagCompression = 259
	tagStrips      = 273
	tagRowsPer     = 278
	tagStripBytes  = 279
	tagTileWidth   = 322
	tagTileHeight  = 323
	tagTiles       = 324
	tagTileBytes   = 325
)

// tiffDir is an image file directory: the values of the tags that hold whole numbers.
type tiffDir map[uint16][]uint32

// one returns a tag's first value, or def.
func (d tiffDir) one(tag uint16, def uint32) uint32 {
	if v := d[tag]; len(v) > 0 {
		return v[0]
	}
	return def
}

// readTIFFDir reads the directory at an offset and the offset of the next. ok is false where there is none.
func readTIFFDir(b []byte, at uint32) (d tiffDir, next uint32, ok bool) {
	order := tiffOrder(b)
	i := int64(at)
	if order == nil || i < 8 || i+2 > int64(len(b)) {
		return nil, 0, false
	}
	n := int64(order.Uint16(b[i:]))
	i += 2
	d = tiffDir{}
	for ; n > 0 && i+12 <= int64(len(b)); n, i = n-1, i+12 {
		e := b[i : i+12]
		size := int64(map[uint16]int{1: 1, 3: 2, 4: 4, 13: 4}[order.Uint16(e[2:])]) // BYTE, SHORT, LONG, IFD
		count := int64(order.Uint32(e[4:]))
		if size == 0 || count == 0 {
			continue
		}
		v := e[8:12]
		if size*count > 4 {
			o := int64(order.Uint32(v))
			if o > int64(len(b)) {
				continue
			}
			v = b[o:min(int64(len(b)), o+size*count)]
		}
		list := make([]uint32, 0, min(count, int64(len(v))/size))
		for ; count > 0 && int64(len(v)) >= size; count, v = count-1, v[size:] {
			switch size {
			case 1:
				list = append(list, uint32(v[0]))
			case 2:
				list = append(list, uint32(order.Uint16(v)))
			default:
				list = append(list, order.Uint32(v))
			}
		}
		d[order.Uint16(e)] = list
	}
	if n == 0 && i+4 <= int64(len(b)) {
		next = order.Uint32(b[i:])
	}
	return d, next, true
}

// tiffOrder returns the byte order of a TIFF file; nil if it is not one.
func tiffOrder(b []byte) binary.ByteOrder {
	switch {
	case len(b) < 8:
		return nil
	case b[0] == 'I':
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// tiffInfo is what decoding the first page of a TIFF costs beside its pixels.
type tiffInfo struct {
	block   int64 // bytes that one strip or tile may take unpacked, with the growth of its buffer
	garbage int64 // bytes that unpacking all strips leaves behind, if nobody clears up
}

// scanTIFF reads the first directory. It refuses a file whose strips overlap so often that unpacking them would take
// for ever.
func scanTIFF(b []byte) (tiffInfo, error) {
	order := tiffOrder(b)
	if order == nil {
		return tiffInfo{}, nil
	}
	d, _, ok := readTIFFDir(b, order.Uint32(b[4:]))
	if !ok {
		return tiffInfo{}, nil // the decoder says it better
	}
	w, h := int64(d.one(tagWidth, 0)), int64(d.one(tagHeight, 0))
	bw, bh, sizes := w, min(h, int64(d.one(tagRowsPer, math.MaxUint32))), d[tagStripBytes]
	if d.one(tagTileWidth, 0) != 0 {
		bw, bh, sizes = int64(d.one(tagTileWidth, 0)), int64(d.one(tagTileHeight, 0)), d[tagTileBytes]
	}
	if bh == 0 {
		bh = h
	}
	var sum, largest int64
	for _, n := range sizes {
		sum, largest = sum+int64(n), max(largest, int64(n))
	}
	if sum > 4*int64(len(b))+1<<20 {
		return tiffInfo{}, &DecodeError{Kind: ErrFormat, Format: formatTIFF.name,
			Detail: "its strips hold more bytes than the file", Advice: adviceTruncated}
	}
	largest = min(largest, int64(len(b)))
	// Compression to at most so many times the bytes: deflate 1032, LZW a string of 4096 for a code of 12 bits, others
	// less.
	ratio := int64(2731)
	if c := d.one(tagCompression, 1); c <= 1 {
		ratio = 1
	}
	// The decoder reads up to eight bytes for each pixel, into a buffer that doubles: the old and the new stand side by
	// side.
	return tiffInfo{block: 3 * min(8*bw*bh, ratio*largest), garbage: int64(len(sizes)) * 48 << 10}, nil
}
