package embed

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
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

// Decode reads a picture to its end, or one byte past DecodeOptions.MaxBytes, and decodes it as DecodeBytes does.
func Decode(r io.Reader, o *DecodeOptions) (*Image, error) {
	d := o.orDefault()
	b, err := io.ReadAll(io.LimitReader(r, d.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("embed: read picture: %w", err)
	}
	return DecodeBytes(b, o)
}

// DecodeBytes decodes a JPEG, PNG, GIF (its first frame), BMP, TIFF (its first page) or WebP file, recognised by its
// content whatever its name, and turns it upright by its EXIF orientation. The size is checked on the header, before
// any pixel is decoded. Colour profiles are ignored: samples are taken for sRGB. Every error is a *DecodeError of kind
// ErrFormat, ErrTruncated or ErrTooLarge. b is only read, and not kept. Safe for concurrent use.
func DecodeBytes(b []byte, o *DecodeOptions) (*Image, error) {
	d := o.orDefault()
	if int64(len(b)) > d.MaxBytes {
		return nil, &DecodeError{Kind: ErrTooLarge, Detail: fmt.Sprintf("the file is longer than %d bytes", d.MaxBytes),
			Advice: "shrink the photo, or raise MaxBytes"}
	}
	f, err := sniff(b)
	if err != nil {
		return nil, err
	}
	if f == formatWebP && riffShort(b) { // its pixels may be whole, but the orientation stands behind them
		return nil, &DecodeError{Kind: ErrTruncated, Format: f.name, Advice: adviceTruncated}
	}
	w, h, err := f.header(b)
	if err != nil {
		return nil, err
	}
	if int64(w)*int64(h) > d.MaxPixels {
		return nil, &DecodeError{Kind: ErrTooLarge, Format: f.name,
			Detail: fmt.Sprintf("%d × %d pixels are more than %d", w, h, d.MaxPixels), Advice: "shrink the photo, or raise MaxPixels"}
	}
	// A decoder allocates all pixels before it reads the first; a file too short for them is refused before that.
	if f.perByte > 0 && int64(w)*int64(h) > f.perByte*int64(len(b)) {
		return nil, &DecodeError{Kind: ErrTruncated, Format: f.name, Advice: adviceTruncated,
			Detail: fmt.Sprintf("%d bytes cannot hold %d × %d pixels", len(b), w, h)}
	}
	m, err := f.pixels(b, w, h)
	if err != nil {
		return nil, err
	}
	if !d.AsStored && f.exif {
		m = m.orient(orientation(b, f.meta))
	}
	return m, nil
}

const adviceTruncated = "copy or download the file again; if the original is cut off too, a photo editor may save what is left"

// header returns the size that the file claims, at least 1 × 1.
func (f *format) header(b []byte) (w, h int, err error) {
	var c image.Config
	err = f.guard(b, func() (err error) { c, err = f.config(bytes.NewReader(b)); return err })
	if err != nil {
		return 0, 0, err
	}
	if c.Width < 1 || c.Height < 1 {
		return 0, 0, &DecodeError{Kind: ErrFormat, Format: f.name, Detail: fmt.Sprintf("the header says %d × %d pixels", c.Width, c.Height)}
	}
	return c.Width, c.Height, nil
}

// pixels decodes a file whose header said w × h.
func (f *format) pixels(b []byte, w, h int) (*Image, error) {
	var d *Image
	err := f.guard(b, func() error {
		m, err := f.decode(bytes.NewReader(b))
		if err != nil {
			return err
		}
		if r := m.Bounds(); r.Empty() || r.Dx() > w || r.Dy() > h {
			return fmt.Errorf("%d × %d pixels where the header says %d × %d", r.Dx(), r.Dy(), w, h)
		}
		if f.name == "GIF" { // the first frame may cover only a part of the canvas
			d = fromGIF(m, w, h)
		} else if y, ok := m.(*image.YCbCr); ok && f.name == "WebP" {
			d = fromYCbCr(y, &videoRange)
		} else if y, ok := m.(*image.NYCbCrA); ok && f.name == "WebP" {
			d = fromYCbCr(&y.YCbCr, &videoRange)
			d.overWhite(y)
		} else {
			d = FromImage(m)
		}
		return nil
	})
	return d, err
}

// guard runs a decoder. Its panic becomes an error like any other: the decoders are other people's code and meet hostile files.
func (f *format) guard(b []byte, run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &DecodeError{Kind: ErrFormat, Format: f.name, Detail: fmt.Sprintf("the decoder gave up: %v", r)}
		}
	}()
	cause := run()
	if cause == nil {
		return nil
	}
	if errors.Is(cause, io.ErrUnexpectedEOF) || errors.Is(cause, io.EOF) || f.cutOff(b, cause) {
		return &DecodeError{Kind: ErrTruncated, Format: f.name, Advice: adviceTruncated, Err: cause}
	}
	e := &DecodeError{Kind: ErrFormat, Format: f.name, Err: cause}
	if strings.Contains(cause.Error(), "unsupported") {
		e.Advice = "this variant of " + f.name + " is not supported; save the photo as an ordinary JPEG or PNG"
	}
	return e
}

// cutOff tells whether a file that its decoder refused for another cause than the end of the data lacks its end all the same.
func (f *format) cutOff(b []byte, cause error) bool {
	switch f.name {
	case "JPEG": // the last scan has no end marker; those of thumbnails come before it
		return bytes.LastIndex(b, []byte("\xff\xd9")) < bytes.LastIndex(b, []byte("\xff\xda"))
	case "PNG":
		return !bytes.Contains(b, []byte("IEND"))
	}
	// GIF tells the end of the file only in words.
	return strings.Contains(cause.Error(), "EOF") || strings.Contains(cause.Error(), "not enough image data")
}

// format is one kind of file that can be decoded.
type format struct {
	name    string
	config  func(io.Reader) (image.Config, error)
	decode  func(io.Reader) (image.Image, error)
	exif    bool // may hold an EXIF orientation
	meta    metaFormat
	perByte int64 // no file of n bytes holds more than perByte·n pixels; 0: no such bound
}

// The bounds: a JPEG spends at least one bit on each 8 × 8 block of luma, deflate packs at most 1032 to 1 and
// a PNG byte holds at most 8 pixels.
var (
	formatJPEG = &format{name: "JPEG", config: jpeg.DecodeConfig, decode: jpeg.Decode, exif: true, meta: metaJPEG, perByte: 8 * 64}
	formatPNG  = &format{name: "PNG", config: png.DecodeConfig, decode: png.Decode, exif: true, meta: metaPNG, perByte: 8 * 1032}
	formatGIF  = &format{name: "GIF", config: gif.DecodeConfig, decode: gif.Decode}
	formatBMP  = &format{name: "BMP", config: bmp.DecodeConfig, decode: bmp.Decode}
	formatTIFF = &format{name: "TIFF", config: tiff.DecodeConfig, decode: tiff.Decode, exif: true, meta: metaTIFF}
	formatWebP = &format{name: "WebP", config: webp.DecodeConfig, decode: webp.Decode, exif: true, meta: metaWebP}
)
