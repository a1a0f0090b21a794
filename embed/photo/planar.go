package photo

import (
	"encoding/binary"
	"image"
	"math"
)

const (
	tagBits        = 258
	tagPhotometric = 262
	tagSamples     = 277
	tagPlanar      = 284
)

// planar returns the directory of a planar RGB TIFF; nil for any other file.
func planar(b []byte) tiffDir {
	order := tiffOrder(b)
	if order == nil {
		return nil
	}
	d, _, ok := readTIFFDir(b, order.Uint32(b[4:]))
	n := len(d[tagStrips])
	if !ok || d.one(tagPlanar, 1) != 2 || d.one(tagSamples, 1) != 3 || d.one(tagPhotometric, 0) != 2 || n == 0 ||
		n%3 != 0 || len(d[tagStripBytes]) != n || len(b) > math.MaxUint32-12*n-1<<10 {
		return nil
	}
	return d
}

// planes returns the three planes of a planar RGB TIFF, each as a grey TIFF of its own; nil for any other file. The
// decoder of TIFF reads samples only where those of one pixel stand side by side.
func planes(b []byte) (each [][]byte) {
	d, order := planar(b), tiffOrder(b)
	if d == nil {
		return nil
	}
	n := len(d[tagStrips])
	app := order.(binary.AppendByteOrder)
	for p := range 3 {
		// A directory behind the file's own bytes, which it points into.
		f := append(make([]byte, 0, len(b)+8*n/3+256), b...)
		order.PutUint32(f[4:], uint32(len(f)))
		tags := [][2]uint32{{tagWidth, d.one(tagWidth, 0)}, {tagHeight, d.one(tagHeight, 0)},
			{tagBits, d.one(tagBits, 8)}, {tagCompression, d.one(tagCompression, 1)}, {tagPhotometric, 1},
			{tagStrips, 0}, {tagSamples, 1},
			{tagRowsPer, d.one(tagRowsPer, math.MaxUint32)}, {tagStripBytes, 0}, {317, d.one(317, 1)}}
		f = app.AppendUint16(f, uint16(len(tags)))
		behind := uint32(len(f) + 12*len(tags) + 4)
		var lists []uint32
		for _, t := range tags {
			count := uint32(1)
			if list := d[uint16(t[0])]; t[0] == tagStrips || t[0] == tagStripBytes {
				list, count = list[p*n/3:(p+1)*n/3], uint32(n/3)
				if t[1] = behind + 4*uint32(len(lists)); count == 1 {
					t[1] = list[0]
				} else {
					lists = append(lists, list...)
				}
			}
			f = app.AppendUint16(app.AppendUint16(f, uint16(t[0])), 4)
			f = app.AppendUint32(app.AppendUint32(f, count), t[1])
		}
		f = app.AppendUint32(f, 0)
		for _, v := range lists {
			f = app.AppendUint32(f, v)
		}
		each = append(each, f)
	}
	return each
}

// merge puts a plane of grey samples into one channel.
func (m *Image) merge(plane image.Image, channel int) {
	g := FromImage(plane)
	for i := range m.W * m.H {
		m.Pix[3*i+channel] = g.Pix[3*i]
	}
}
