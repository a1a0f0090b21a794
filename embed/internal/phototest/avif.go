//go:build linux || darwin

package phototest

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "avif.h"
*/
import "C"

import (
	"bytes"
	"encoding/binary"
	"testing"
	"unsafe"
)

// AVIF writes w × h pixels as an AVIF file with little loss. Its AV1 is coded by the libvips at path, a file for each
// tile; what lies around it is HEIC's.
func AVIF(t testing.TB, path string, pix []uint8, w, h int, o HEIFOptions) []byte {
	t.Helper()
	tw, th := w, h
	if o.Tile > 0 {
		tw, th = o.Tile, o.Tile
	}
	f := heif{kind: "av01", brand: "avif", colours: bt601}
	for y := 0; y < h; y += th {
		for x := 0; x < w; x += tw {
			part := make([]byte, 0, 3*tw*th)
			for i := range tw * th { // the picture's edges are repeated
				at := 3 * (min(y+i/tw, h-1)*w + min(x+i%tw, w-1))
				part = append(part, pix[at:at+3]...)
			}
			whole := vipsAVIF(t, path, part, tw, th, o.depth())
			f.config = boxIn(t, whole, "av1C")
			f.coded = append(f.coded, boxIn(t, whole, "mdat")[8:])
		}
	}
	return f.file(w, h, o)
}

func vipsAVIF(t testing.TB, path string, pix []uint8, w, h, depth int) []byte {
	t.Helper()
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var n C.size_t
	var why *C.char
	b := C.fid_test_avif(p, (*C.uint8_t)(&pix[0]), C.int(w), C.int(h), C.int(depth), &n, &why)
	if b == nil {
		t.Fatalf("libvips writes no AVIF: %s", C.GoString(why))
	}
	defer C.free(unsafe.Pointer(b))
	return C.GoBytes(unsafe.Pointer(b), C.int(n))
}

// boxIn returns the first box of a kind.
func boxIn(t testing.TB, b []byte, kind string) []byte {
	t.Helper()
	i := bytes.Index(b, []byte(kind)) - 4
	if i < 0 {
		t.Fatalf("an AVIF file without %s", kind)
	}
	return b[i:][:binary.BigEndian.Uint32(b[i:])]
}
