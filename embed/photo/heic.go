package photo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
)

var heif struct {
	sync.Mutex
	paths   []string // what the first HEIC file is to load
	tried   bool
	version string
	err     error
}

// LoadHEIF names the shared libraries libde265 and libheif, in this order, with which HEIC files are decoded from then
// on. They are loaded when the first such file comes, once for a process. Open calls it.
func LoadHEIF(paths []string) error {
	if len(paths) != 2 {
		return fmt.Errorf("embed: %d libraries for HEIC, not libde265 and libheif", len(paths))
	}
	heif.Lock()
	defer heif.Unlock()
	if !heif.tried {
		heif.paths = paths
	}
	return nil
}

// HEIFVersion loads the libraries that LoadHEIF named and returns the release of libheif; "" if none were named.
func HEIFVersion() (string, error) {
	heif.Lock()
	defer heif.Unlock()
	if heif.paths != nil && !heif.tried {
		heif.tried = true
		if heif.version, heif.err = heifOpen(heif.paths[0], heif.paths[1]); heif.err != nil {
			heif.err = fmt.Errorf("embed: libheif at %s: %w", heif.paths[1], heif.err)
		}
	}
	return heif.version, heif.err
}

// fromHEIF decodes a HEIC or AVIF file.
func (f *format) fromHEIF(ctx context.Context, b []byte, c header, d DecodeOptions) (*Image, error) {
	c.orientation = 1
	if err := f.check(b, &c, d, false, 1); err != nil {
		return nil, err
	}
	decode := func() (*Image, error) { return heifDecode(ctx, b, c.w, c.h, d.MaxMemory-3*int64(c.w)*int64(c.h)) }
	if c.heif.codec == "av01" {
		if DecoderVersion() == "" {
			return nil, f.without("libvips", "avifdec photo.avif photo.jpg")
		}
		decode = func() (*Image, error) { return vipsAVIF(ctx, b, c.w, c.h) }
	} else if v, err := HEIFVersion(); v == "" {
		e := f.without("libheif", "heif-convert photo.heic photo.jpg, or sips -s format jpeg photo.heic --out "+
			"photo.jpg; iPhones write JPEG with Settings, Camera, Formats, Most Compatible")
		e.Err = err
		return nil, e
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.tidy()
	m, err := decode()
	switch {
	case err == nil:
		return m, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case strings.Contains(err.Error(), "ecurity limit"):
		return nil, tooLarge(f.name, fmt.Sprintf("%d × %d pixels of this kind take more than %d MB to decode", c.w, c.h,
			d.MaxMemory/1e6), "MaxMemory")
	}
	return nil, &DecodeError{Kind: ErrFormat, Format: f.name, Err: err,
		Advice: "save the photo as an ordinary JPEG or PNG"}
}

// without is the error for a file whose decoder is not on this machine.
func (f *format) without(library, convert string) *DecodeError {
	if off := "FACEID_" + strings.ToUpper(strings.TrimPrefix(library, "lib")); os.Getenv(off) == "none" {
		return &DecodeError{Kind: ErrFormat, Format: f.name, Detail: library + ", which decodes it, is turned off",
			Advice: "unset " + off + "; or convert it to JPEG, for example: " + convert}
	}
	return &DecodeError{Kind: ErrFormat, Format: f.name, Detail: library + ", which decodes it, is not there",
		Advice: "faceid models pull runtime; or convert it to JPEG, for example: " + convert}
}

var errAVIF = errors.New("the decoder finds a fault in it")
