//go:build linux || darwin

package photo

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "heif_lib.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"
)

// heifOpen loads libde265 and libheif and returns the release of libheif.
func heifOpen(de265, heif string) (string, error) {
	d, h := C.CString(de265), C.CString(heif)
	defer C.free(unsafe.Pointer(d))
	defer C.free(unsafe.Pointer(h))
	var why [512]C.char
	n := C.fid_heif_open(d, h, &why[0], C.size_t(len(why)))
	if n < 0 {
		return "", errors.New(C.GoString(&why[0]))
	}
	return fmt.Sprintf("%d.%d.%d", n>>16, n>>8&0xff, n&0xff), nil
}

// heifDecode decodes the primary picture of a file, whose sides are w × h as it is shown, in so many bytes of memory.
func heifDecode(ctx context.Context, b []byte, w, h int, memory int64) (*Image, error) {
	d := NewImage(w, h)
	var stop atomic.Int32
	defer context.AfterFunc(ctx, func() { stop.Store(1) })()
	var why [512]C.char
	if C.fid_heif_decode(unsafe.Pointer(unsafe.SliceData(b)), C.size_t(len(b)), C.int(w), C.int(h), cu8(d.Pix),
		C.uint64_t(memory), (*C.int32_t)(unsafe.Pointer(&stop)), &why[0], C.size_t(len(why))) != 0 {
		return nil, errors.New(C.GoString(&why[0]))
	}
	return d, nil
}
