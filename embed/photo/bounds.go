package photo

import (
	"fmt"
	"image/color"
)

// maxScanBlocks bounds a JPEG's work: its scans times its blocks of 8 × 8 samples. A progressive photo of 100
// megapixels in ten scans is at half of it, and a decoder takes some five seconds for it.
const maxScanBlocks = 5e7

// check refuses what is over a bound, and sets c.peak. With vips, libvips decodes the file at 1/shrink of its sides.
func (f *format) check(b []byte, c *header, d DecodeOptions, vips bool, shrink int) error {
	pixels := int64(c.w) * int64(c.h)
	if max(c.w, c.h) > d.MaxSide {
		return tooLarge(f.name, fmt.Sprintf("%d × %d pixels; no side may be longer than %d", c.w, c.h, d.MaxSide),
			"MaxSide")
	}
	if pixels > d.MaxPixels {
		return tooLarge(f.name, fmt.Sprintf("%d × %d pixels are more than %d", c.w, c.h, d.MaxPixels), "MaxPixels")
	}
	// A decoder allocates all pixels before it reads the first; a file too short for them is refused before that.
	if f.perByte > 0 && pixels > f.perByte*int64(len(b)) {
		return &DecodeError{Kind: ErrTruncated, Format: f.name, Advice: adviceTruncated,
			Detail: fmt.Sprintf("%d bytes cannot hold %d × %d pixels", len(b), c.w, c.h)}
	}
	if f == formatJPEG {
		c.jpeg = scanJPEG(b)
		if n := float64(c.jpeg.scans) * c.jpeg.samples * float64(pixels) / 64; n > maxScanBlocks {
			return tooLarge(f.name, fmt.Sprintf("%d scans of %d × %d pixels are more work than any photo needs",
				c.jpeg.scans, c.w, c.h), "")
		}
	}
	if vips {
		c.peak = 3 * pixels / int64(shrink*shrink)
		if c.jpeg.scans > 1 {
			// coefficients, two bytes each, in blocks for whole units
			c.peak += int64(2.2 * c.jpeg.samples * float64(pixels))
		}
	} else {
		own, err := f.memory(b, c)
		if err != nil {
			return err
		}
		// Three bytes each for the picture, and for it turned.
		c.peak = own + 3*pixels
		if c.orientation != 1 {
			c.peak = max(c.peak, 6*pixels)
		}
	}
	if c.peak > d.MaxMemory {
		return tooLarge(f.name, fmt.Sprintf("%d × %d pixels of this kind take %d MB to decode, more than %d", c.w, c.h,
			c.peak/1e6, d.MaxMemory/1e6),
			"MaxMemory")
	}
	return nil
}

func tooLarge(format, detail, raise string) error {
	e := &DecodeError{Kind: ErrTooLarge, Format: format, Detail: detail, Advice: "shrink the photo"}
	if raise != "" {
		e.Advice += ", or raise " + raise
	}
	return e
}

// memory is what the decoder itself takes at its peak, in bytes, the Image not counted: the picture in the decoder's
// form, and what it needs to get there. The factors are read in the decoders' source and measured by TestDecodeMemory.
func (f *format) memory(b []byte, c *header) (int64, error) {
	pixels := int64(c.w) * int64(c.h)
	stored := int64(4)
	switch c.model {
	case color.GrayModel:
		stored = 1
	case color.Gray16Model:
		stored = 2
	case color.RGBA64Model, color.NRGBA64Model:
		stored = 8
	default:
		if _, ok := c.model.(color.Palette); ok {
			stored = 1
		}
	}
	switch f {
	case formatJPEG:
		j := c.jpeg
		n := j.samples
		if j.components == 4 {
			n += 4 // a CMYK picture is made of the four planes
		}
		if j.progressive {
			n += 4 * j.samples // coefficients, four bytes each
		}
		return int64(n * float64(pixels)), nil
	case formatPNG:
		if len(b) > 28 && b[28] == 1 { // interlaced: all passes make the picture once more
			return 2 * stored * pixels, nil
		}
		return stored * pixels, nil
	case formatTIFF:
		t, err := scanTIFF(b)
		if err != nil {
			return 0, err
		}
		if planar(b) != nil { // each a file of its own, and decoded beside the picture
			return 3*int64(len(b)) + 6*pixels + t.block, nil
		}
		return stored*pixels + t.block + min(stored*pixels, t.garbage), nil
	case formatHEIC:
		return c.heif.memory(), nil
	case formatAVIF:
		return c.heif.memory(), nil
	case formatWebP:
		if c.model == color.YCbCrModel {
			return 3 * pixels / 2, nil
		}
		// lossless: unpacked and as stored; lossy with alpha: alpha is packed as a lossless picture
		return 7 * pixels, nil
	}
	return stored * pixels, nil
}
