package gallery

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lineReader reads lines of at most maxLine bytes; its memory grows with what is there, not with what is claimed.
type lineReader struct {
	r   *bufio.Reader
	buf []byte
	n   int // lines so far, blank ones too
}

// next returns the next line that is not blank; it is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	for {
		b, err := l.one()
		if err != nil || len(b) > 0 {
			return b, err
		}
	}
}

// one returns the next line without the space around it; it is valid until the next call.
func (l *lineReader) one() ([]byte, error) {
	l.buf = l.buf[:0]
	l.n++
	for {
		b, err := l.r.ReadSlice('\n')
		l.buf = append(l.buf, b...)
		if len(l.buf) > maxLine {
			return nil, fmt.Errorf("%w: a line is longer than %d bytes", ErrFormat, maxLine)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == nil || err == io.EOF && len(l.buf) > 0 {
			return bytes.TrimSpace(l.buf), nil
		}
		return nil, err
	}
}
