package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// DecodeOptions bound what Decode accepts; nil means all defaults.
type DecodeOptions struct {
	MaxPixels int64 // width × height that the header may claim; 0 means 100e6
	MaxSide   int   // width or height that the header may claim; 0 means 65,500, the most that a JPEG can have
	MaxBytes  int64 // length of the file; 0 means 512 MiB
	MaxMemory int64 // bytes that decoding may take at its peak, the picture among them; 0 means 400e6
	// leave the pixels as stored: do not apply the EXIF orientation, which HEIC and AVIF go without
	AsStored bool

	plain bool // do without libvips
}

func (o *DecodeOptions) orDefault() DecodeOptions {
	var d DecodeOptions
	if o != nil {
		d = *o
	}
	if d.MaxPixels == 0 {
		d.MaxPixels = 100e6
	}
	if d.MaxSide == 0 {
		d.MaxSide = 65500
	}
	if d.MaxBytes == 0 {
		d.MaxBytes = 512 << 20
	}
	if d.MaxMemory == 0 {
		d.MaxMemory = 400e6
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

// DecodeBytes decodes a JPEG, PNG, GIF (its first frame), BMP, TIFF (its first page), WebP (its first picture), HEIC or
// AVIF file, or the preview in a camera's raw file of TIFF's kind (DNG, CR2, NEF, ARW), recognised by its content
// whatever its name, and turns it upright by its EXIF orientation (HEIC and AVIF: by their own rotation, which counts
// whatever EXIF says). HEIC needs what LoadHEIF names, AVIF what LoadDecoder does. Size, memory and work are bounded by
// the headers, before any pixel is decoded. Colour profiles are ignored: samples are taken for sRGB. Every error is a
// *DecodeError of kind ErrFormat, ErrTruncated or ErrTooLarge. b is only read, and not kept. Safe for concurrent use.
func DecodeBytes(b []byte, o *DecodeOptions) (*Image, error) {
	p, err := decode(context.Background(), b, o.orDefault(), nil)
	return p.Image, err
}

// Read is DecodeBytes for a run that ends with ctx, whose error it then returns. shrink, where it is not nil, may ask
// for less than all pixels: of an upright photo of w × h it returns 1, 2, 4 or 8, the most by which its sides may be
// divided; the picture then knows the whole, see Image.Whole, for which b is kept. remark says in words what is wrong
// with the file without hiding a pixel; it is empty if nothing is.
func Read(ctx context.Context, b []byte, o *DecodeOptions, shrink func(w, h int) int) (m *Image, remark string,
	err error) {
	p, err := decode(ctx, b, o.orDefault(), shrink)
	if err != nil {
		return nil, "", err
	}
	if p.reduced > 1 {
		p.ReadSmaller(p.reduced, func() (*Image, error) {
			w, err := decode(ctx, b, o.orDefault(), nil)
			return w.Image, err
		})
	}
	return p.Image, p.remark, nil
}

// picture is a decoded file.
type picture struct {
	*Image
	remark string // what is wrong with the file without hiding a pixel, in words; empty if nothing is
}

// decode is Read without a way back to the whole: see Image.reduced.
func decode(ctx context.Context, b []byte, d DecodeOptions, shrink func(w, h int) int) (picture, error) {
	if int64(len(b)) > d.MaxBytes {
		return picture{}, tooLarge("", fmt.Sprintf("the file is longer than %d bytes", d.MaxBytes), "MaxBytes")
	}
	f, err := sniff(b)
	if err != nil {
		return picture{}, err
	}
	if f == formatWebP && riffShort(b) { // its pixels may be whole, but the orientation stands behind them
		return picture{}, &DecodeError{Kind: ErrTruncated, Format: f.name, Advice: adviceTruncated}
	}
	if f == formatTIFF && raw(b) {
		return fromRaw(ctx, b, d)
	}
	c, err := f.header(ctx, b)
	if err != nil {
		return picture{}, err
	}
	if c.heif != nil {
		m, err := f.fromHEIF(ctx, b, c, d)
		return picture{m, ""}, err
	}
	c.orientation = 1
	if !d.AsStored && f.exif {
		c.orientation = orientation(b, f.meta)
	}
	if f == formatJPEG && !d.plain && DecoderVersion() != "" {
		m, err := fromVIPS(ctx, b, c, d, shrink)
		if m != nil || err != nil {
			return picture{m, ""}, err
		}
	}
	if err := f.check(b, &c, d, false, 1); err != nil {
		return picture{}, err
	}
	c.tidy()
	m, remark, err := f.pixels(ctx, b, c)
	if err != nil {
		return picture{}, err
	}
	if c.orientation != 1 {
		c.tidy() // the decoder's own form of the picture
		m = m.Orient(c.orientation)
	}
	return picture{m, remark}, nil
}

// tidy keeps what was left behind from standing beside a large picture, and many pictures from being left behind: the
// garbage collector waits until there is as much garbage as there is in use, which is a second photo for each worker.
func (c *header) tidy() {
	switch {
	case c.peak > bigPicture:
		left.Store(0)
		debug.FreeOSMemory()
	case left.Add(c.peak) > mostLeft:
		left.Store(0)
		runtime.GC()
	}
}

// left is how many bytes of pictures were begun since the garbage was collected for them.
var left atomic.Int64

const (
	adviceTruncated = "copy or download the file again; if the original is cut off too, a photo editor may save " +
		"what is left"
	bigPicture = 100e6 // bytes: from here on memory is given back first, which takes milliseconds
	mostLeft   = 30e6  // bytes: a collection takes a millisecond or two, decoding as much fifty and more
)

// header is what a file claims before its pixels are read.
type header struct {
	w, h        int // pixels, as stored
	model       color.Model
	orientation int   // EXIF, 1 to 8
	peak        int64 // bytes that decoding takes, as check finds
	jpeg        *jpegInfo
	heif        *heifInfo
	still       []byte      // the first picture of an animated WebP as a file of its own; nil: it is not animated
	at          image.Point // where it lies
}

// header reads what the file claims; it is at least 1 × 1 pixels.
func (f *format) header(ctx context.Context, b []byte) (header, error) {
	if f.config == nil {
		i, err := scanHEIF(b, f.name)
		if err != nil {
			return header{}, err
		}
		return header{w: i.w, h: i.h, heif: i}, nil
	}
	var c image.Config
	still, at, w, h, animated := firstOfWebP(b)
	if animated = animated && f == formatWebP; animated {
		b = still
	}
	err := f.guard(ctx, b, func(r io.Reader) (err error) { c, err = f.config(r); return err })
	if err != nil {
		return header{}, err
	}
	if c.Width < 1 || c.Height < 1 {
		return header{}, &DecodeError{Kind: ErrFormat, Format: f.name,
			Detail: fmt.Sprintf("the header says %d × %d pixels", c.Width, c.Height)}
	}
	if animated {
		if !image.Rect(at.X, at.Y, at.X+c.Width, at.Y+c.Height).In(image.Rect(0, 0, w, h)) {
			return header{}, &DecodeError{Kind: ErrFormat, Format: f.name, Detail: "its first picture lies beside it"}
		}
		return header{w: w, h: h, model: c.ColorModel, still: still, at: at}, nil
	}
	return header{w: c.Width, h: c.Height, model: c.ColorModel}, nil
}

// pixels decodes a file that check has passed, as stored.
func (f *format) pixels(ctx context.Context, b []byte, c header) (d *Image, remark string, err error) {
	if c.still != nil {
		b = c.still
	}
	whole := b
	if c.jpeg != nil && !c.jpeg.ended && c.jpeg.complete() { // with an end the decoder tells whether a pixel is missing
		whole = append(b[:len(b):len(b)], 0xff, 0xd9)
		remark = "the file lacks its end marker; all pixels are there"
	}
	err = f.guard(ctx, b, func(io.Reader) error {
		if f == formatTIFF && planar(b) != nil {
			d = NewImage(c.w, c.h)
			for k, plane := range planes(b) {
				m, err := f.decode(&bytesUntil{*bytes.NewReader(plane), ctx})
				if err != nil {
					return err
				}
				if m.Bounds() != d.Bounds() {
					return fmt.Errorf("a plane in %v where the header says %d × %d", m.Bounds(), c.w, c.h)
				}
				d.merge(m, k)
			}
			return nil
		}
		r := &bytesUntil{*bytes.NewReader(whole), ctx}
		m, err := f.decode(r)
		if err != nil {
			return err
		}
		if r := m.Bounds(); r.Empty() || !r.In(image.Rect(0, 0, c.w, c.h)) {
			return fmt.Errorf("pixels in %v where the header says %d × %d", r, c.w, c.h)
		}
		if g, ok := m.(*image.Paletted); ok && f.name == "GIF" { // the first frame may cover only a part of the canvas
			d = fromGIF(g, c.w, c.h)
		} else if y, ok := m.(*image.YCbCr); ok && f.name == "WebP" {
			d = fromYCbCr(y, &videoRange)
		} else if y, ok := m.(*image.NYCbCrA); ok && f.name == "WebP" {
			d = fromYCbCr(&y.YCbCr, &videoRange)
			d.overWhite(y)
		} else {
			d = FromImage(m)
		}
		if c.still != nil {
			d = d.onCanvas(c.at, c.w, c.h)
		}
		return nil
	})
	return d, remark, err
}

// guard runs a decoder. Its panic becomes an error like any other: the decoders are other people's code and meet
// hostile files. It reads from a reader that ends with ctx.
func (f *format) guard(ctx context.Context, b []byte, run func(io.Reader) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &DecodeError{Kind: ErrFormat, Format: f.name, Detail: fmt.Sprintf("the decoder gave up: %v", r)}
		}
	}()
	cause := run(&bytesUntil{*bytes.NewReader(b), ctx})
	if ctx.Err() != nil {
		return ctx.Err()
	}
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

// bytesUntil reads bytes until ctx is done. Every decoder reads on while it works, so that it ends soon after.
type bytesUntil struct {
	bytes.Reader
	ctx context.Context
}

func (r *bytesUntil) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

func (r *bytesUntil) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.ReadAt(p, off)
}

// cutOff tells whether a file that its decoder refused for another cause than the end of the data lacks its end all the
// same.
func (f *format) cutOff(b []byte, cause error) bool {
	switch f.name {
	case "JPEG":
		return !scanJPEG(b).ended
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
	formatJPEG = &format{name: "JPEG", config: jpeg.DecodeConfig, decode: jpeg.Decode, exif: true, meta: metaJPEG,
		perByte: 8 * 64}
	formatPNG = &format{name: "PNG", config: png.DecodeConfig, decode: png.Decode, exif: true, meta: metaPNG,
		perByte: 8 * 1032}
	formatGIF  = &format{name: "GIF", config: gif.DecodeConfig, decode: gif.Decode}
	formatBMP  = &format{name: "BMP", config: bmp.DecodeConfig, decode: bmp.Decode}
	formatTIFF = &format{name: "TIFF", config: tiff.DecodeConfig, decode: tiff.Decode, exif: true, meta: metaTIFF}
	formatWebP = &format{name: "WebP", config: webp.DecodeConfig, decode: webp.Decode, exif: true, meta: metaWebP}
	formatHEIC = &format{name: "HEIC"} // these two turn themselves upright; by the standard EXIF's word does not count
	formatAVIF = &format{name: "AVIF"}
)
