// Package pathlist reads lists of paths, as find and other programs print them, and photos in their place.
package pathlist

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strings"

	"faceid/embed"
	"faceid/embed/photo"
	"faceid/internal/hint"
)

// ErrEmpty is returned where nothing at all came: a camera or a search that gave nothing is not an answer.
var ErrEmpty = errors.New("is empty: neither a photo nor a list of paths came")

// maxEntry bounds the bytes of a path; no system takes one as long.
const maxEntry = 1 << 16

// sniff reports whether in holds a photo, or what people have in its place, and not a list. It returns a reader of all
// of in.
func sniff(in io.Reader) (all *bufio.Reader, isPhoto bool) {
	all = bufio.NewReader(in)
	head, _ := all.Peek(512) // what does not come is missed by whoever reads on, too
	return all, photo.Begins(head)
}

// Photo reads the photo that in holds. Where it holds none, b is nil, and rest is to be read in its place. A reader
// cannot be told to stop, so where ctx ends first its read is left to end by itself.
func Photo(ctx context.Context, in io.Reader) (rest io.Reader, b []byte, err error) {
	type answer struct {
		all     *bufio.Reader
		isPhoto bool
	}
	begun := make(chan answer, 1)
	go func() {
		all, isPhoto := sniff(in)
		begun <- answer{all, isPhoto}
	}()
	select {
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case a := <-begun:
		if a.isPhoto {
			b, err = photo.Stream(ctx, a.all, nil)
		}
		return a.all, b, err
	}
}

// Input is the photo at path, or the one that stdin gives where path is "-".
func Input(stdin io.Reader, path string) embed.Input {
	if path == "-" {
		return embed.Input{Path: path, Reader: stdin}
	}
	return embed.Input{Path: path}
}

// Inputs are the photos at paths; "-" is the photo stdin, or, where that is nil, a file.
func Inputs(stdin []byte, paths []string) iter.Seq[embed.Input] {
	return func(yield func(embed.Input) bool) {
		for in := range embed.Files(paths...) {
			if in.Path == "-" {
				in.Data = stdin
			}
			if !yield(in) {
				return
			}
		}
	}
}

// Paths are those of photos.
func Paths(in []embed.Input) []string {
	paths := make([]string, len(in))
	for i, x := range in {
		paths[i] = x.Path
	}
	return paths
}

// Read reads one path per line, or between NUL bytes, as find -print0 has them. A path is taken to the letter, blanks
// at its ends included; only a byte order mark in front and the CR of a line that ends in CRLF do not belong to it, and
// empty entries are passed over. A photo itself is refused: it would give as many paths of nonsense as it has line
// ends.
func Read(in io.Reader, nul bool) ([]string, error) {
	r, isPhoto := sniff(in)
	if isPhoto {
		return nil, hint.With(errors.New("holds a photo where a list of paths should be"),
			"- stands for a list of paths here, one per line; give a photo by its path")
	}
	head, err := r.Peek(4)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, hint.With(errors.New("is a list in UTF-16"), "save it as UTF-8")
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(head, mark) {
		_, _ = r.Discard(len(mark))
	}
	end := byte('\n')
	if nul {
		end = 0
	}
	var paths []string
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxEntry)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, end); i >= 0 {
			return i + 1, data[:i], nil
		}
		if atEOF && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for s.Scan() {
		path := s.Text()
		if !nul {
			if strings.ContainsRune(path, 0) {
				return nil, hint.With(errors.New("holds NUL bytes, so it is not a list of lines"),
					"-0 reads what find -print0 prints")
			}
			path = strings.TrimSuffix(path, "\r")
		}
		if path != "" {
			paths = append(paths, path)
		}
	}
	return paths, s.Err()
}
