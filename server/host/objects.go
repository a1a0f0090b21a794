package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Object reads BUCKET/NAME below Options.S3Root, which a client means by an object in S3: a regular file, of as many
// bytes as a photo may have, and nothing outside the folder, links included. It returns fs.ErrNotExist for what is not
// there, and a Fault of status 413 for too much.
func (h *Host) Object(bucket, name string) ([]byte, error) {
	none := fmt.Errorf("object %q of bucket %q: %w", name, bucket, fs.ErrNotExist)
	at := bucket + "/" + name
	if h.o.S3Root == "" || strings.Contains(bucket, "/") || !fs.ValidPath(at) {
		return nil, none
	}
	root, err := os.OpenRoot(h.o.S3Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if fi, err := root.Stat(at); err != nil || !fi.Mode().IsRegular() { // a FIFO would not open
		return nil, none
	}
	f, err := root.Open(at)
	if err != nil {
		return nil, none
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, h.o.Limits.Photo+1))
	if err == nil && int64(len(b)) > h.o.Limits.Photo {
		err = &Fault{Status: 413, Code: "photo_too_large", Message: "the object has more bytes than a photo may have"}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = none
	}
	return b, err
}
