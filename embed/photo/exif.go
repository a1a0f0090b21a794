package photo

import (
	"bytes"
	"encoding/binary"

	"github.com/bep/imagemeta"
)

type metaFormat = imagemeta.ImageFormat

const (
	metaJPEG = imagemeta.JPEG
	metaPNG  = imagemeta.PNG
	metaTIFF = imagemeta.TIFF
	metaWebP = imagemeta.WebP
)

// orientation returns the EXIF orientation, 1 to 8; 1 (upright) if there is none or it cannot be read: broken
// metadata is not a reason to refuse a photo.
func orientation(b []byte, f metaFormat) (o int) {
	o = 1
	if f == metaJPEG {
		// Most files have none, and metadata stands before the first scan: do not walk what cannot hold any.
		if i := bytes.Index(b, []byte("\xff\xda")); i >= 0 && !bytes.Contains(b[:i], []byte("Exif\x00")) {
			return o
		}
	}
	if f == metaWebP { // imagemeta 1.0.1 loses its way after a chunk of odd length; the chunk itself is a TIFF header
		if b = bytes.TrimPrefix(riffChunk(b, "EXIF"), []byte("Exif\x00\x00")); b == nil {
			return o
		}
		f = metaTIFF
	}
	defer func() { _ = recover() }() // the reader meets hostile files
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: f, Sources: imagemeta.EXIF, LimitNumTags: 1000,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && v >= 1 && v <= 8 {
				o = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return o
}

// riffChunk returns the data of the first chunk of that name in a RIFF file, or nil.
func riffChunk(b []byte, name string) []byte {
	for i := 12; i+8 <= len(b); {
		n := int(binary.LittleEndian.Uint32(b[i+4:]))
		if n > len(b)-i-8 {
			return nil
		}
		if string(b[i:i+4]) == name {
			return b[i+8 : i+8+n]
		}
		i += 8 + n + n&1
	}
	return nil
}

// riffShort tells whether a RIFF file is shorter than it says; a missing last pad byte does not count.
func riffShort(b []byte) bool {
	return len(b) < 12 || uint64(len(b))+1 < 8+uint64(binary.LittleEndian.Uint32(b[4:]))
}

// Orient returns m turned upright from EXIF orientation o (Exif 2.32, tag 0x0112): 2 mirrored, 3 turned by 180°, 4
// upside down, 5 transposed, 6 to be turned by 90° clockwise, 7 transposed the other way, 8 to be turned by 90°
// anticlockwise.
func (m *Image) Orient(o int) *Image {
	// Pixel (x, y) of the result is pixel at + x·dx + y·dy of m.
	w, h := m.W, m.H
	var at, dx, dy int
	switch o {
	case 2:
		at, dx, dy = w-1, -1, w
	case 3:
		at, dx, dy = w*h-1, -1, -w
	case 4:
		at, dx, dy = w*(h-1), 1, -w
	case 5:
		at, dx, dy = 0, w, 1
	case 6:
		at, dx, dy = w*(h-1), -w, 1
	case 7:
		at, dx, dy = w*h-1, -w, -1
	case 8:
		at, dx, dy = w-1, w, -1
	default:
		return m
	}
	if o >= 5 {
		w, h = h, w
	}
	d := NewImage(w, h)
	m.permute(d, at, dx, dy)
	d.ctx = m.ctx
	if d.reduced = m.reduced; m.finer != nil {
		d.finer = &finer{read: func() (*Image, error) {
			f, err := m.Whole()
			if err != nil {
				return nil, err
			}
			return f.Orient(o), nil
		}}
	}
	return d
}

// placed says where the pixels of a picture of w × h go that is turned upright from EXIF orientation o: pixel (x, y) to
// place at + x·dx + y·dy. It is Orient's map the other way.
func placed(w, h, o int) (at, dx, dy int) {
	switch o {
	case 2:
		return w - 1, -1, w
	case 3:
		return w*h - 1, -1, -w
	case 4:
		return w * (h - 1), 1, -w
	case 5:
		return 0, h, 1
	case 6:
		return h - 1, h, -1
	case 7:
		return w*h - 1, -h, -1
	case 8:
		return h * (w - 1), -h, 1
	}
	return 0, 1, w
}
