package gallery

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// ImportNPZ adds the people of a .npz file of size bytes to the gallery to; see ExportNPZ for the arrays and Copy for
// how people and templates are matched with those that are there. All that is used is read twice, first for its
// checksums, so that nothing of a damaged file is enrolled. Only embeddings, person and names are needed;
// float64 and int32 are read too, and lines of metadata and sources may be missing at the end. It returns ErrFormat,
// ErrModel, or an error of Enrol.
func ImportNPZ(ctx context.Context, to Engine, r io.ReaderAt, size int64, o *TransferOptions) (Transferred, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return Transferred{}, fmt.Errorf("import: %w: %v", ErrFormat, err)
	}
	x := npzReader{ctx: ctx, z: z, size: size}
	defer x.close()
	m, err := x.read(ctx, to, o.orDefault())
	if err == nil {
		err = m.finish()
	}
	if err == nil {
		err = m.alike()
	}
	var sum Transferred
	if m != nil {
		sum = m.sum
	}
	if err != nil {
		return sum, fmt.Errorf("import: %w", err)
	}
	return sum, nil
}

func (x *npzReader) read(ctx context.Context, to Engine, o TransferOptions) (*importer, error) {
	model, err := x.model()
	if err != nil {
		return nil, err
	}
	m, err := newImporter(ctx, to, model, o)
	if err != nil {
		return nil, err
	}
	in, err := x.arrays(o)
	if err != nil {
		return m, err
	}
	m.total = in.embeddings.Rows()
	return m, in.run(m)
}

// npzArrays are the open arrays of an import; those that are not there are nil.
type npzArrays struct {
	names, person, embeddings, trunks, hasTrunk, quality *npyArray
	metadata, sources                                    *lineReader
}

// run reads the people in order and the templates along with them.
func (in *npzArrays) run(m *importer) error {
	n := in.embeddings.Rows()
	next := int64(-1) // person of the template at hand
	at := 0           // templates read
	step := func() error {
		if at == n {
			next = math.MaxInt64
			return nil
		}
		p, err := in.person.Integer()
		if err != nil {
			err = fmt.Errorf("%w: person[%d]: %w", ErrFormat, at, err)
		} else if p < 0 || p >= int64(in.names.Rows()) || p < next {
			err = fmt.Errorf("%w: person[%d] is %d; rows of names in ascending order are expected", ErrFormat, at, p)
		}
		next = p
		return err
	}
	if err := step(); err != nil {
		return err
	}
	for i := range in.names.Rows() {
		var p part
		var err error
		m.at = fmt.Sprintf("person %d", i)
		if p.name, err = in.names.Text(); err != nil {
			return fmt.Errorf("%w: names[%d]: %w", ErrFormat, i, err)
		}
		if p.metadata, err = line(in.metadata); err != nil {
			return err
		}
		for next == int64(i) {
			if len(p.templates) == partSize {
				if err := m.add(p); err != nil {
					return err
				}
				p = part{again: true, name: p.name}
			}
			t, err := in.template()
			if err != nil {
				return fmt.Errorf("template %d: %w", at, err)
			}
			p.templates = append(p.templates, t)
			at++
			if err := step(); err != nil {
				return err
			}
		}
		if err := m.add(p); err != nil {
			return place(m.at, fmt.Errorf("%.100q: %w", p.name, err))
		}
	}
	return nil
}

func (in *npzArrays) template() (Template, error) {
	var t Template
	var err error
	if t.Embedding, err = in.embeddings.floats(in.embeddings.Shape[1]); err != nil {
		return t, err
	}
	if in.trunks != nil {
		if t.Trunk, err = in.trunks.floats(in.trunks.Shape[1]); err != nil {
			return t, err
		}
	}
	if in.hasTrunk != nil {
		has, err := in.hasTrunk.Integer()
		if err != nil {
			return t, fmt.Errorf("%w: has_trunk: %w", ErrFormat, err)
		}
		if has == 0 {
			t.Trunk = nil
		}
	}
	if in.quality != nil {
		q, err := in.quality.floats(5)
		if err != nil {
			return t, err
		}
		t.Quality = Quality{q[0], q[1], q[2], q[3], q[4]}
	}
	b, err := line(in.sources)
	if err == nil && !utf8.Valid(b) {
		err = fmt.Errorf("%w: source: not UTF-8", ErrFormat)
	}
	if err == nil && b != nil {
		if jerr := json.Unmarshal(b, &t.Source); jerr != nil {
			err = fmt.Errorf("%w: source: %v", ErrFormat, jerr)
		}
	}
	return t, err
}

// line returns the next line of an optional array of lines, nil where it is empty or there is none.
func line(l *lineReader) ([]byte, error) {
	if l == nil {
		return nil, nil
	}
	b, err := l.one()
	if err == io.EOF || len(b) == 0 && err == nil {
		return nil, nil
	}
	return bytes.Clone(b), err
}
