package photo

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

var library struct {
	sync.Mutex
	path    string
	err     error
	version atomic.Pointer[string] // set once it is loaded
}

// LoadDecoder loads the libvips shared library at path, with which JPEG files are decoded from then on: some five times
// as fast as without, and no larger than the faces in them need. It is loaded once for a process; a second call returns
// what the first did. What libvips cannot decode or finds a fault with is decoded without it. Open calls it.
func LoadDecoder(path string) error {
	l := &library
	l.Lock()
	defer l.Unlock()
	if l.path == "" {
		l.path = path
		var v string
		if v, l.err = vipsOpen(path); l.err == nil {
			l.version.Store(&v)
		}
	}
	if l.err != nil {
		return fmt.Errorf("embed: libvips at %s: %w", l.path, l.err)
	}
	return nil
}

// DecoderVersion returns the release of libvips that LoadDecoder loaded, or "".
func DecoderVersion() string {
	if v := library.version.Load(); v != nil {
		return *v
	}
	return ""
}

// fromVIPS decodes a JPEG by libvips. No picture and no error say that it is to be tried without.
func fromVIPS(ctx context.Context, b []byte, c header, d DecodeOptions, shrink func(w, h int) int) (*Image, error) {
	k := 1
	if shrink != nil {
		w, h := c.w, c.h
		if c.orientation >= 5 {
			w, h = h, w
		}
		// A pixel of the smaller picture is k × k whole ones: then places are too, however the photo is turned.
		for k = shrink(w, h); c.w%k != 0 || c.h%k != 0; k /= 2 {
		}
	}
	if err := formatJPEG.check(b, &c, d, true, k); err != nil {
		return nil, err
	}
	if !c.jpeg.ended {
		return nil, nil
	}
	c.tidy()
	m := vipsJPEG(ctx, b, c.w, c.h, k, c.orientation)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m != nil && k > 1 {
		m.reduced = k
	}
	return m, nil
}
