package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// File reads a regular file of at most DecodeOptions.MaxBytes, until ctx is done. Anything else than a regular file may
// never end, or change something by being read, and is refused with a DecodeError. Other errors are the system's,
// without the path.
func File(ctx context.Context, path string, o *DecodeOptions) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a FIFO without a writer would wait for one
	if errors.Is(err, syscall.ENXIO) {
		return nil, notRegular("a socket or a device")
	}
	if err != nil {
		return nil, pathCause(err)
	}
	defer f.Close()
	s, err := f.Stat()
	if err != nil {
		return nil, pathCause(err)
	}
	switch m := s.Mode(); {
	case m.IsDir():
		return nil, errors.New("is a folder")
	case m&os.ModeNamedPipe != 0:
		return nil, notRegular("a pipe")
	case m&os.ModeSocket != 0:
		return nil, notRegular("a socket")
	case m&os.ModeDevice != 0:
		return nil, notRegular("a device")
	case !m.IsRegular():
		return nil, notRegular("something else")
	}
	most := o.orDefault().MaxBytes
	b := bytes.NewBuffer(make([]byte, 0, min(s.Size(), most)+bytes.MinRead))
	if err := copyAll(ctx, b, f, most); err != nil {
		return nil, pathCause(err)
	}
	return b.Bytes(), nil
}

// Stream reads what is not a file, of at most DecodeOptions.MaxBytes, until ctx is done. A reader cannot be told to
// stop, so where ctx ends first its read is left to end by itself.
func Stream(ctx context.Context, r io.Reader, o *DecodeOptions) ([]byte, error) {
	type answer struct {
		b   []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var b bytes.Buffer
		err := copyAll(ctx, &b, r, o.orDefault().MaxBytes)
		done <- answer{b.Bytes(), err}
	}()
	select {
	case a := <-done:
		return a.b, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// copyAll reads r to its end in pieces, looking at ctx between them.
func copyAll(ctx context.Context, b *bytes.Buffer, r io.Reader, most int64) error {
	for {
		n, err := io.CopyN(b, r, 4<<20)
		switch {
		case int64(b.Len()) > most:
			return tooLarge("", fmt.Sprintf("the file is longer than %d bytes", most), "MaxBytes")
		case err == io.EOF || err == nil && n == 0:
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

func notRegular(what string) error {
	return &DecodeError{Kind: ErrFormat, Detail: "not a regular file but " + what,
		Advice: "give the photo as a file, or on standard input as -"}
}

// pathCause drops the path from an error of package os: the pipeline names it already.
func pathCause(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
