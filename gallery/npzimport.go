package gallery

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"faceid/internal/npy"
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
	var sum Transferred
	if m != nil {
		sum = m.sum
	}
	if err != nil {
		return sum, fmt.Errorf("import: %w", err)
	}
	return sum, nil
}

type npzReader struct {
	ctx  context.Context
	z    *zip.Reader
	size int64
	open []io.Closer
}

func (x *npzReader) close() {
	for _, c := range x.open {
		c.Close()
	}
}

// npyArray is an open array of an archive.
type npyArray struct {
	*npy.Reader
	r *bufio.Reader // its elements as bytes
}

// floats returns the next n elements of a float array.
func (a *npyArray) floats(n int) ([]float32, error) {
	v := make([]float32, n)
	if err := a.Floats(v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return v, nil
}

// maxInflation bounds what a deflated entry may unpack to, against archives that are small and unpack to everything;
// deflate itself cannot do better than about 1 to 1030.
const maxInflation = 1100

// array opens an array, nil if it is not there and not needed. Its element type must begin with one of kinds.
func (x *npzReader) array(name string, needed bool, dims int, kinds ...string) (*npyArray, error) {
	i := slices.IndexFunc(x.z.File, func(f *zip.File) bool { return f.Name == name+".npy" })
	if i < 0 {
		if needed {
			return nil, fmt.Errorf("%w: no array %s", ErrFormat, name)
		}
		return nil, nil
	}
	f := x.z.File[i]
	if f.UncompressedSize64 > math.MaxInt64/2 || int64(f.UncompressedSize64) > maxInflation*x.size {
		return nil, fmt.Errorf("%w: %s claims %d bytes", ErrFormat, name, f.UncompressedSize64)
	}
	if err := x.whole(f); err != nil {
		return nil, err
	}
	c, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFormat, name, err)
	}
	x.open = append(x.open, c)
	a := &npyArray{r: bufio.NewReaderSize(c, 1<<16)}
	if a.Reader, err = npy.NewReader(a.r, int64(f.UncompressedSize64)); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFormat, name, err)
	}
	is := func(k string) bool { return k == a.Descr || k == "<U" && len(a.Descr) > 2 && a.Descr[:2] == k }
	if len(a.Shape) != dims || !slices.ContainsFunc(kinds, is) {
		return nil, fmt.Errorf("%w: %s is %v of %s, not %d-dimensional of %v", ErrFormat, name,
			a.Shape, a.Descr, dims, kinds)
	}
	return a, nil
}

// whole reads an entry to its end, where zip compares the checksum: whoever reads the rows of an array stops before
// that, and learns of a flipped bit never, or when half of it is enrolled.
func (x *npzReader) whole(f *zip.File) error {
	c, err := f.Open()
	if err == nil {
		defer c.Close()
		_, err = io.Copy(io.Discard, ctxReader{x.ctx, c})
	}
	switch {
	case x.ctx.Err() != nil:
		return x.ctx.Err()
	case err != nil:
		return fmt.Errorf("%w: %s: %v", ErrFormat, f.Name, err)
	}
	return nil
}

// ctxReader reads until its context ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (r ctxReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
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

func (x *npzReader) arrays(o TransferOptions) (*npzArrays, error) {
	in := &npzArrays{}
	for _, a := range []struct {
		to     **npyArray
		name   string
		needed bool
		dims   int
		kinds  []string
	}{
		{&in.names, "names", true, 1, []string{"<U"}},
		{&in.person, "person", true, 1, []string{"<i8", "<i4"}},
		{&in.embeddings, "embeddings", true, 2, []string{"<f4", "<f8"}},
		{&in.trunks, "trunks", false, 2, []string{"<f4", "<f8"}},
		{&in.hasTrunk, "has_trunk", false, 1, []string{"|b1"}},
		{&in.quality, "quality", false, 2, []string{"<f4", "<f8"}},
	} {
		if o.NoTrunk && a.name == "trunks" {
			continue // neither used nor checked
		}
		var err error
		if *a.to, err = x.array(a.name, a.needed, a.dims, a.kinds...); err != nil {
			return nil, err
		}
	}
	for _, a := range []struct {
		to   **lineReader
		name string
	}{{&in.metadata, "metadata"}, {&in.sources, "sources"}} {
		r, err := x.array(a.name, false, 1, "|u1")
		if err != nil {
			return nil, err
		}
		if r != nil {
			*a.to = &lineReader{r: r.r}
		}
	}
	n := in.embeddings.Rows()
	for _, a := range []*npyArray{in.person, in.trunks, in.hasTrunk, in.quality} {
		if a != nil && a.Rows() != n {
			return nil, fmt.Errorf("%w: arrays of %d and %d templates", ErrFormat, a.Rows(), n)
		}
	}
	for a, limit := range map[*npyArray]int{in.embeddings: MaxDim, in.trunks: MaxDim, in.quality: 5} {
		if a != nil && (a.Shape[1] > limit || a == in.quality && a.Shape[1] != 5) {
			return nil, fmt.Errorf("%w: rows of %d values", ErrFormat, a.Shape[1])
		}
	}
	return in, nil
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
