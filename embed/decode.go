package embed

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// DecodeOptions bound what Decode accepts; nil means all defaults.
type DecodeOptions struct {
	MaxPixels int64 // width × height that the header may claim; 0 means 100e6
	MaxBytes  int64 // length of the file; 0 means 512 MiB
	AsStored  bool  // leave the pixels as stored: do not apply the EXIF orientation
}

func (o *DecodeOptions) orDefault() DecodeOptions {
	var d DecodeOptions
	if o != nil {
		d = *o
	}
	if d.MaxPixels == 0 {
		d.MaxPixels = 100e6
	}
	if d.MaxBytes == 0 {
		d.MaxBytes = 512 << 20
	}
	return d
}

// Decode reads a picture to its end and decodes it; see DecodeBytes.
func Decode(r io.Reader, o *DecodeOptions) (*Image, error) {
	d := o.orDefault()
	b, err := io.ReadAll(io.LimitReader(r, d.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return DecodeBytes(b, o)
}

// DecodeBytes decodes a JPEG, PNG, GIF (its first frame), BMP, TIFF or WebP file, recognised by content, and turns it upright
// by its EXIF orientation. Size is checked on the header before any pixel is decoded. It returns ErrFormat, ErrTruncated or
// ErrTooLarge, wrapped. b is not kept.
func DecodeBytes(b []byte, o *DecodeOptions) (*Image, error) {
	d := o.orDefault()
	if int64(len(b)) > d.MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, d.MaxBytes)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if int64(c.Width)*int64(c.Height) > d.MaxPixels {
		return nil, fmt.Errorf("%w: %d×%d pixels", ErrTooLarge, c.Width, c.Height)
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return FromImage(m), nil
}
