package gallery

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"faceid/internal/f32"
)

const (
	maxName     = 1000    // bytes
	maxMetadata = 1 << 20 // bytes
	maxPath     = 1 << 16 // bytes
)

// MaxDim is the most values that an embedding or a trunk feature has.
const MaxDim = 1 << 16

// unitSlack is how far the squared length of a vector may be from 1 for Unit to take it as it is. A vector
// normalised in float32 is off by about 1e-7; the slack makes Unit idempotent to the bit.
const unitSlack = 1e-6

// Unit returns v scaled to unit length in a new slice; a v whose squared length is within 1e-6 of 1 is copied
// bit for bit, so that vectors survive export, import and copy unchanged. The length is summed in float64.
// It returns ErrDimension if len(v) != dim, ErrNotFinite or ErrZeroVector.
func Unit(v []float32, dim int) ([]float32, error) {
	if len(v) != dim {
		return nil, fmt.Errorf("%w: %d values, the gallery has %d", ErrDimension, len(v), dim)
	}
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	switch {
	case math.IsNaN(s) || math.IsInf(s, 0): // the square of a finite float32 is finite in float64
		return nil, ErrNotFinite
	case s == 0:
		return nil, ErrZeroVector
	}
	u := make([]float32, dim)
	if math.Abs(s-1) <= unitSlack {
		copy(u, v)
		return u, nil
	}
	f := 1 / math.Sqrt(s)
	for i, x := range v {
		u[i] = float32(float64(x) * f)
	}
	return u, nil
}

// CheckName returns ErrName unless name is 1 to 1,000 bytes of UTF-8 without control characters.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: empty", ErrName)
	case len(name) > maxName:
		return fmt.Errorf("%w: %d bytes, the limit is %d", ErrName, len(name), maxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: not UTF-8", ErrName)
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			return fmt.Errorf("%w: control character %U", ErrName, r)
		}
	}
	return nil
}

// unseen tells whether r turns the direction of writing, or cannot be seen.
func unseen(r rune) bool {
	return unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\u2060' || r == '\ufeff' || r == '\u2800' ||
		unicode.In(r, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

// CleanName is a name as an engine stores it: without blanks around it, in Unicode's composed form (NFC), so that what
// reads the same is the same. It returns ErrName for what CheckName refuses, for marks that turn the direction of
// writing or cannot be seen, and for a name that reads as a person's number, "#3".
func CleanName(name string) (string, error) {
	if utf8.ValidString(name) && len(name) <= maxName {
		name = norm.NFC.String(strings.TrimSpace(name))
	}
	if err := CheckName(name); err != nil {
		return "", err
	}
	for _, r := range name {
		if unseen(r) {
			return "", fmt.Errorf("%w: invisible character %U", ErrName, r)
		}
	}
	if digits, ok := strings.CutPrefix(name, "#"); ok && strings.Trim(digits, "0123456789") == "" {
		return "", fmt.Errorf("%w: %q reads as a person's number", ErrName, name)
	}
	return name, nil
}

// CompactMetadata returns m without insignificant space, nil for nil.
// It returns ErrMetadata unless m is nil or a JSON object of UTF-8 of at most 1 MiB.
func CompactMetadata(m json.RawMessage) (json.RawMessage, error) {
	if m == nil {
		return nil, nil
	}
	if len(m) > maxMetadata {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrMetadata, len(m), maxMetadata)
	}
	if !utf8.Valid(m) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMetadata)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, m); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMetadata, err)
	}
	if b.Len() == 0 || b.Bytes()[0] != '{' {
		return nil, ErrMetadata
	}
	return b.Bytes(), nil
}

// MergeMetadata returns the members of a, and behind them those of b whose names a has not, each in its order. Either
// may be nil. It returns ErrMetadata as CompactMetadata does, of either or of the whole.
func MergeMetadata(a, b json.RawMessage) (json.RawMessage, error) {
	a, err := CompactMetadata(a)
	if err != nil || b == nil {
		return a, err
	}
	b, err = CompactMetadata(b)
	if err != nil || a == nil {
		return b, err
	}
	var have map[string]json.RawMessage
	if err := json.Unmarshal(a, &have); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMetadata, err)
	}
	out := slices.Clone(a[:len(a)-1]) // without the brace
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMetadata, err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrMetadata, err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrMetadata, err)
		}
		key, _ := name.(string)
		if _, ok := have[key]; ok {
			continue
		}
		have[key] = value
		if len(out) > 1 {
			out = append(out, ',')
		}
		var quoted bytes.Buffer
		e := json.NewEncoder(&quoted)
		e.SetEscapeHTML(false)
		if err := e.Encode(key); err != nil {
			return nil, err
		}
		out = append(append(append(out, bytes.TrimSpace(quoted.Bytes())...), ':'), value...)
	}
	return CompactMetadata(append(out, '}'))
}

// Key identifies a template among those of one person: two templates with the same key are the same photo and
// box, or, where Source.SHA256 is empty, the same embedding to the bit. The embedding must have gone through Unit.
func (t *Template) Key() [16]byte {
	h := sha256.New()
	if t.Source.SHA256 != "" {
		h.Write([]byte("photo\x00" + t.Source.SHA256))
		var b [16]byte
		for i, x := range t.Source.Box {
			binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(x+0)) // +0: -0 becomes 0
		}
		h.Write(b[:])
	} else {
		h.Write([]byte("embedding\x00"))
		h.Write(f32.Append(nil, t.Embedding))
	}
	return [16]byte(h.Sum(nil)[:16])
}

// Normalise checks t for a gallery of dimension dim and replaces its embedding by Unit of it.
// It returns ErrDimension, ErrZeroVector, ErrNotFinite or ErrSource.
func (t *Template) Normalise(dim int) error {
	u, err := Unit(t.Embedding, dim)
	if err != nil {
		return err
	}
	if len(t.Trunk) > MaxDim {
		return fmt.Errorf("trunk feature: %w: %d values, the limit is %d", ErrDimension, len(t.Trunk), MaxDim)
	}
	for _, x := range t.Trunk {
		if !f32.Finite(x) {
			return fmt.Errorf("trunk feature: %w", ErrNotFinite)
		}
	}
	s := &t.Source
	if s.SHA256 != "" {
		var sum [sha256.Size]byte
		if n, err := hex.Decode(sum[:], []byte(s.SHA256[:min(len(s.SHA256), 64)])); err != nil || n != len(sum) ||
			len(s.SHA256) != 64 || hex.EncodeToString(sum[:]) != s.SHA256 {
			return fmt.Errorf("%w: sha256 %.80q is not 64 lower-case hex digits", ErrSource, s.SHA256)
		}
	}
	if len(s.Path) > maxPath || !utf8.ValidString(s.Path) {
		return fmt.Errorf("%w: path is longer than %d bytes or not UTF-8", ErrSource, maxPath)
	}
	q := t.Quality
	for _, x := range append(s.Box[:], q.Score, q.Size, q.Sharpness, q.Frontal, q.Norm) {
		if !f32.Finite(x) {
			return fmt.Errorf("%w: box or quality not finite", ErrSource)
		}
	}
	t.Embedding = u
	return nil
}

// NormaliseEnrolments returns a copy of e in which every embedding is a unit vector, the names of new people are clean
// (see CleanName) and metadata is compact, as an engine of dimension dim stores it. Trunk features are shared with e,
// nothing of e is changed. It returns the errors of Engine.Enrol that can be told without looking at the gallery.
func NormaliseEnrolments(e []Enrolment, dim int) ([]Enrolment, error) {
	out := make([]Enrolment, len(e))
	for i, p := range e {
		fail := func(err error) ([]Enrolment, error) {
			return nil, fmt.Errorf("enrolment %d (%.100q): %w", i, p.Name, err)
		}
		switch {
		case p.PersonID < 0:
			return fail(fmt.Errorf("%w: id %d", ErrNoPerson, p.PersonID))
		case p.PersonID == 0:
			name, err := CleanName(p.Name)
			if err != nil {
				return fail(err)
			}
			p.Name = name
		}
		m, err := CompactMetadata(p.Metadata)
		if err != nil {
			return fail(err)
		}
		p.Metadata = m
		ts := make([]Template, len(p.Templates))
		for j, t := range p.Templates {
			if err := t.Normalise(dim); err != nil {
				return fail(fmt.Errorf("template %d: %w", j, err))
			}
			ts[j] = t
		}
		p.Templates = ts
		out[i] = p
	}
	return out, nil
}

// NormaliseProbes returns the probes as unit vectors of dim values and checks o, which may be nil: how an engine's
// Search begins. It returns ErrDimension, ErrZeroVector, ErrNotFinite, or an error for K or Rank out of range.
func NormaliseProbes(probes [][]float32, dim int, o *SearchOptions) ([][]float32, error) {
	if o != nil && (o.K < 0 || o.Rank < RankBest || o.Rank > RankMean) {
		return nil, fmt.Errorf("gallery: search options: K is %d, Rank %d", o.K, o.Rank)
	}
	out := make([][]float32, len(probes))
	for i, p := range probes {
		u, err := Unit(p, dim)
		if err != nil {
			return nil, fmt.Errorf("probe %d: %w", i, err)
		}
		out[i] = u
	}
	return out, nil
}
