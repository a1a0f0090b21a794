package eval

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadGroups reads which group each person is of: CSV with one person per line, name and group. Empty lines and lines
// that begin with # are skipped. It returns ErrFormat, with the line, for anything else and for a person with two
// groups, and ErrEmpty if there is nobody.
func ReadGroups(r io.Reader) (map[string]string, error) {
	c := csv.NewReader(io.LimitReader(r, 64<<20))
	c.Comment, c.TrimLeadingSpace, c.FieldsPerRecord = '#', true, 2
	out := map[string]string{}
	for {
		f, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		name, group := strings.TrimSpace(f[0]), strings.TrimSpace(f[1])
		line, _ := c.FieldPos(0)
		if name == "" || group == "" {
			return nil, fmt.Errorf("%w: line %d: want NAME,GROUP", ErrFormat, line)
		}
		if was, ok := out[name]; ok && was != group {
			return nil, fmt.Errorf("%w: line %d: %s is of two groups", ErrFormat, line, quote(name))
		}
		out[name] = group
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: nobody in the file", ErrEmpty)
	}
	return out, nil
}
