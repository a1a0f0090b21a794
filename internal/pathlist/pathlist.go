// Package pathlist reads lists of paths, as find and other programs print them.
package pathlist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"faceid/internal/hint"
)

// maxEntry bounds the bytes of a path; no system takes one as long.
const maxEntry = 1 << 16

// Read reads one path per line, or between NUL bytes, as find -print0 has them. A path is taken to the letter, blanks
// at its ends included; only a byte order mark in front and the CR of a line that ends in CRLF do not belong to it, and
// empty entries are passed over. A photo itself is refused: it would give as many paths of nonsense as it has line
// ends.
func Read(in io.Reader, nul bool) ([]string, error) {
	r := bufio.NewReader(in)
	head, _ := r.Peek(512) // what does not come is missed by the scanner too
	if kind := http.DetectContentType(head); strings.HasPrefix(kind, "image/") {
		return nil, hint.With(fmt.Errorf("holds a photo (%s) where a list of paths should be", kind),
			"- stands for a list of paths, one per line; give a photo by its path")
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
