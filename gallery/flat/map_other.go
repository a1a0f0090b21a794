//go:build !unix

package flat

import (
	"errors"
	"os"
)

// Here chunks are read into memory, and nothing keeps two processes from writing at once but the caller's own lock.
const canMap = false

func mapFile(*os.File, int64, int) (whole, part []byte, err error) {
	return nil, nil, errors.ErrUnsupported
}

func unmap([]byte) error { return nil }

func lock(*os.File, bool) error { return nil }

func unlock(*os.File) {}
