//go:build linux || darwin

package photo

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "vips.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// vipsOpen loads libvips from path and returns its release.
func vipsOpen(path string) (string, error) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var why [512]C.char
	n := C.fid_vips_open(p, &why[0], C.size_t(len(why)))
	if n < 0 {
		return "", errors.New(C.GoString(&why[0]))
	}
	return fmt.Sprintf("%d.%d.%d", n>>16, n>>8&0xff, n&0xff), nil
}

// vipsJPEG decodes a JPEG file whose sides are w × h at 1/shrink of them, turned upright from the EXIF orientation, or
// returns nil: for what libvips cannot do, for any fault of the file, and when ctx is done.
func vipsJPEG(ctx context.Context, b []byte, w, h, shrink, orientation int) *Image {
	w, h = (w+shrink-1)/shrink, (h+shrink-1)/shrink
	d := NewImage(w, h)
	if orientation >= 5 {
		d.W, d.H = h, w
	}
	at, dx, dy := placed(w, h, orientation)
	var stop atomic.Int32
	defer context.AfterFunc(ctx, func() { stop.Store(1) })()
	// The library keeps what belongs to a thread, from one call to the next within.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.fid_vips_jpeg(unsafe.Pointer(unsafe.SliceData(b)), C.size_t(len(b)), C.int(shrink), C.int(w), C.int(h),
		cu8(d.Pix),
		C.int64_t(at), C.int64_t(dx), C.int64_t(dy), (*C.int32_t)(unsafe.Pointer(&stop))) != 0 {
		return nil
	}
	return d
}

// vipsAVIF decodes an AVIF file whose sides are w × h as it is shown.
func vipsAVIF(ctx context.Context, b []byte, w, h int) (*Image, error) {
	d := NewImage(w, h)
	var stop atomic.Int32
	defer context.AfterFunc(ctx, func() { stop.Store(1) })()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.fid_vips_avif(unsafe.Pointer(unsafe.SliceData(b)), C.size_t(len(b)), C.int(w), C.int(h), cu8(d.Pix),
		(*C.int32_t)(unsafe.Pointer(&stop))) != 0 {
		return nil, errAVIF
	}
	return d, nil
}
