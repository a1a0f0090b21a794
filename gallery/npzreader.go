package gallery

import (
	"archive/zip"
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"faceid/internal/npy"
)

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
