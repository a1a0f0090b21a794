package embed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Input is one photo for the pipeline: the file at Path, or Data or what Reader gives where one is set, or Image where
// it is decoded already.
type Input struct {
	Path   string    // also copied to Photo.Path
	Label  string    // whose photo it is, where that is known; copied to Photo.Label
	Data   []byte    // content of the file; nil: read Reader, or Path
	Reader io.Reader // content of the file, read to its end, for standard input; nil: read Path
	Image  *Image    // the upright picture; nil: decode

	// Known tells of a photo by its SHA-256 whether it was seen before. If so it is not analysed, and Photo.Known is
	// set. It is called on the pipeline's goroutines. Nil: no photo is known. It is not asked of an Image.
	Known func(sha256 [32]byte) bool
}

// content returns the bytes of the file.
func (p *Pipeline) content(ctx context.Context, in Input) ([]byte, error) {
	switch {
	case in.Data != nil:
		return in.Data, nil
	case in.Reader != nil:
		return p.stream(ctx, in.Reader)
	}
	return p.file(ctx, in.Path)
}

// file reads a regular file. Anything else may never end, or change something by being read.
func (p *Pipeline) file(ctx context.Context, path string) ([]byte, error) {
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
	b := bytes.NewBuffer(make([]byte, 0, min(s.Size(), p.Decode.orDefault().MaxBytes)+bytes.MinRead))
	if err := p.copyAll(ctx, b, f); err != nil {
		return nil, pathCause(err)
	}
	return b.Bytes(), nil
}

// stream reads what is not a file. A reader cannot be told to stop, so where ctx ends first its read is left to end by
// itself.
func (p *Pipeline) stream(ctx context.Context, r io.Reader) ([]byte, error) {
	type answer struct {
		b   []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var b bytes.Buffer
		err := p.copyAll(ctx, &b, r)
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
func (p *Pipeline) copyAll(ctx context.Context, b *bytes.Buffer, r io.Reader) error {
	most := p.Decode.orDefault().MaxBytes
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
