package eval

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// FilePair is a comparison of two photos of a user's own test set.
type FilePair struct {
	A, B string // paths as the file has them
	Same bool
}

// ReadPairs reads a user's own test set, one pair per line: path, path, and 1 for one person or 0 for two; separated by
// tabs, commas (CSV, with quotes where a path has a comma) or, where a line has neither, spaces. Empty lines and lines
// that begin with # are skipped, and so is a first line that names the columns: three, the last no number, the others
// without an extension. It returns ErrFormat, with the line, for anything else, and if there is no pair.
//
// Paths are the user's own and may lead anywhere; only empty ones and control characters are refused. Read no file from
// a stranger with them.
func ReadPairs(r io.Reader) ([]FilePair, error) {
	var out []FilePair
	l, first := newLines(r), true
	for {
		line := strings.TrimSpace(l.next())
		if l.e {
			break
		}
		if line == "" || line[0] == '#' {
			continue
		}
		f, err := columns(line)
		if first && err == nil && names(f) {
			first = false
			continue
		}
		first = false
		var p FilePair
		if err == nil {
			p, err = filePair(f)
		}
		if err == nil && len(out) == maxPairs {
			err = fmt.Errorf("more than %d pairs", maxPairs)
		}
		if err != nil {
			return nil, l.fail(err)
		}
		out = append(out, p)
	}
	if l.s.Err() != nil {
		return nil, l.fail(l.s.Err())
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it holds no pair; a line is PHOTO PHOTO 1 for one person, 0 for two", ErrFormat)
	}
	return out, nil
}

// columns divides a line.
func columns(line string) (f []string, err error) {
	switch {
	case strings.Contains(line, "\t"):
		f = strings.Split(line, "\t")
	case strings.Contains(line, ","):
		c := csv.NewReader(strings.NewReader(line))
		c.TrimLeadingSpace = true
		if f, err = c.Read(); err != nil {
			return nil, fmt.Errorf("not CSV: %w", err)
		}
	default:
		f = strings.Fields(line)
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f, nil
}

// names says of a line that it names the columns.
func names(f []string) bool {
	if len(f) != 3 {
		return false
	}
	_, err := strconv.ParseFloat(f[2], 64)
	return err != nil && f[2] != "" && path.Ext(f[0]) == "" && path.Ext(f[1]) == ""
}

func filePair(f []string) (FilePair, error) {
	switch {
	case len(f) != 3:
		return FilePair{}, fmt.Errorf("want PATH, PATH and 0 or 1, separated by tabs or commas, not %d columns", len(f))
	case f[2] != "0" && f[2] != "1":
		return FilePair{}, fmt.Errorf("want PATH, PATH and 0 or 1, separated by tabs or commas; the third is %s",
			quote(f[2]))
	}
	for _, s := range f[:2] {
		if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
			return FilePair{}, fmt.Errorf("bad path %s", quote(s))
		}
	}
	return FilePair{f[0], f[1], f[2] == "1"}, nil
}

// PublishedCurve is somebody else's ROC, for drawing beside ours: only the rates are known. FAR never falls, nor does
// TAR.
type PublishedCurve struct {
	Name     string
	TAR, FAR []float64 // in [0, 1]
}

// ReadPublished reads a curve of the LFW results page: one point per line, TAR and FAR. Points may come in either
// order; those with NaN are left out (some systems give NaN where nothing was accepted). Points are returned with rates
// that never fall. It returns ErrFormat, with the line, and ErrEmpty if no point is left.
func ReadPublished(name string, r io.Reader) (PublishedCurve, error) {
	c := PublishedCurve{Name: name}
	l := newLines(r)
	for {
		f := strings.Fields(l.next())
		if l.e {
			break
		}
		if len(f) == 0 {
			continue
		}
		if len(f) != 2 || len(c.TAR) == maxPairs {
			return PublishedCurve{}, l.fail(fmt.Errorf("want TAR FAR"))
		}
		var v [2]float64
		for i := range v {
			x, err := strconv.ParseFloat(f[i], 64)
			if err != nil || x < 0 || x > 1 {
				return PublishedCurve{}, l.fail(fmt.Errorf("%s is not a rate in [0, 1]", quote(f[i])))
			}
			v[i] = x
		}
		if math.IsNaN(v[0]) || math.IsNaN(v[1]) {
			continue
		}
		c.TAR, c.FAR = append(c.TAR, v[0]), append(c.FAR, v[1])
	}
	if l.s.Err() != nil {
		return PublishedCurve{}, l.fail(l.s.Err())
	}
	if len(c.TAR) == 0 {
		return PublishedCurve{}, fmt.Errorf("%w: no point in the curve", ErrEmpty)
	}
	sortRates(c.TAR, c.FAR)
	return c, nil
}

// sortRates orders points by FAR, then TAR, and lifts what falls: published figures are rounded.
func sortRates(tar, far []float64) {
	sort.Sort(byRate{tar, far})
	for i := 1; i < len(tar); i++ {
		tar[i] = max(tar[i], tar[i-1])
	}
}

type byRate struct{ tar, far []float64 }

func (b byRate) Len() int { return len(b.far) }
func (b byRate) Swap(i, j int) {
	b.far[i], b.far[j] = b.far[j], b.far[i]
	b.tar[i], b.tar[j] = b.tar[j], b.tar[i]
}
func (b byRate) Less(i, j int) bool {
	return b.far[i] < b.far[j] || b.far[i] == b.far[j] && b.tar[i] < b.tar[j]
}
