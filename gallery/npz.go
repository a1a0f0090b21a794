package gallery

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"faceid/internal/f32"
	"faceid/internal/hint"
	"faceid/internal/npy"
)

// ExportNPZ writes the gallery as a .npz file of N templates of P people, for numpy.load:
//
//	model       JSON of the Model, as bytes: json.loads(z["model"].tobytes())
//	names       P strings
//	metadata    P lines of JSON, as bytes; a line is empty where a person has none
//	person      N int64: the row of names that the template belongs to, ascending
//	embeddings  N × dim float32, unit vectors
//	trunks      N × n float32, zeros where there is none; missing if no template has one
//	has_trunk   N bool, with trunks
//	quality     N × 5 float32: score, size, sharpness, frontal, norm
//	sources     N lines of JSON, as bytes, each a Source
//
// It reads the gallery twice and returns an error if templates came or went meanwhile.
func ExportNPZ(ctx context.Context, from Engine, w io.Writer, o *TransferOptions) error {
	x := npzWriter{ctx: ctx, from: from, o: o.orDefault(), z: zip.NewWriter(w)}
	err := x.write()
	if err == nil {
		err = x.z.Close()
	}
	if err == nil {
		err = unchanged(ctx, from, x.info)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

var errMoving = errors.New("the gallery changed during the export; try again")

type npzWriter struct {
	ctx  context.Context
	from Engine
	o    TransferOptions
	z    *zip.Writer
	info Info
	done int

	names     []string
	metadata  []byte
	person    []byte
	quality   []byte
	sources   []byte
	hasTrunk  []byte
	trunk     int // length of a trunk feature; 0: nobody has one
	templates []int64
}

func (x *npzWriter) write() error {
	var err error
	if x.info, err = x.from.Info(x.ctx); err != nil {
		return err
	}
	model, err := json.Marshal(x.info.Model)
	if err != nil {
		return err
	}
	if err := x.array("model", zip.Deflate, "|u1", model, len(model)); err != nil {
		return err
	}
	if err := x.embeddings(); err != nil {
		return err
	}
	if err := x.trunks(); err != nil {
		return err
	}
	width, n := 1, len(x.templates)
	for _, s := range x.names {
		width = max(width, utf8.RuneCountInString(s))
	}
	var names []byte
	for _, s := range x.names {
		names = npy.AppendText(names, s, width)
	}
	for _, a := range []struct {
		name, descr string
		b           []byte
		shape       []int
	}{
		{"person", "<i8", x.person, []int{n}},
		{"quality", "<f4", x.quality, []int{n, 5}},
		{"sources", "|u1", x.sources, []int{len(x.sources)}},
		{"names", fmt.Sprintf("<U%d", width), names, []int{len(x.names)}},
		{"metadata", "|u1", x.metadata, []int{len(x.metadata)}},
	} {
		if err := x.array(a.name, zip.Deflate, a.descr, a.b, a.shape...); err != nil {
			return err
		}
	}
	return nil
}

// array writes one entry of the archive.
func (x *npzWriter) array(name string, method uint16, descr string, b []byte, shape ...int) error {
	w, err := x.z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
	if err == nil {
		err = npy.WriteHeader(w, descr, shape...)
	}
	if err == nil {
		_, err = w.Write(b)
	}
	return err
}

// each calls f for every template, person by person.
func (x *npzWriter) each(f func(part, *Template) error) error {
	return eachPart(x.ctx, x.from, x.o, func(p part) error {
		if len(p.templates) == 0 {
			return f(p, nil)
		}
		for i := range p.templates {
			if err := f(p, &p.templates[i]); err != nil {
				return err
			}
			p.again = true
			if x.done++; x.o.Progress != nil && x.done%partSize == 0 {
				x.o.Progress(x.done/2, x.info.Templates)
			}
		}
		return nil
	})
}

func (x *npzWriter) embeddings() error {
	w, err := x.z.CreateHeader(&zip.FileHeader{Name: "embeddings.npy", Method: zip.Store})
	if err == nil {
		err = npy.WriteHeader(w, "<f4", x.info.Templates, x.info.Model.Dim)
	}
	if err != nil {
		return err
	}
	var b []byte
	err = x.each(func(p part, t *Template) error {
		if !p.again {
			x.names = append(x.names, p.name)
			x.metadata = append(append(x.metadata, p.metadata...), '\n')
		}
		if t == nil {
			return nil
		}
		x.templates = append(x.templates, t.ID)
		x.person = binary.LittleEndian.AppendUint64(x.person, uint64(len(x.names)-1))
		q := t.Quality
		x.quality = f32.Append(x.quality, []float32{q.Score, q.Size, q.Sharpness, q.Frontal, q.Norm})
		src, err := json.Marshal(t.Source)
		if err != nil {
			return err
		}
		x.sources = append(append(x.sources, src...), '\n')
		switch {
		case len(t.Trunk) == 0:
			x.hasTrunk = append(x.hasTrunk, 0)
		case x.trunk == 0 || x.trunk == len(t.Trunk):
			x.trunk = len(t.Trunk)
			x.hasTrunk = append(x.hasTrunk, 1)
		default:
			return hint.With(fmt.Errorf("trunk features of %d and of %d values do not make one array",
				x.trunk, len(t.Trunk)),
				"export as JSON Lines, or without trunk features")
		}
		b = f32.Append(b[:0], t.Embedding)
		_, err = w.Write(b)
		return err
	})
	if err == nil && len(x.templates) != x.info.Templates {
		err = errMoving
	}
	return err
}

func (x *npzWriter) trunks() error {
	if x.trunk == 0 {
		return nil
	}
	w, err := x.z.CreateHeader(&zip.FileHeader{Name: "trunks.npy", Method: zip.Store})
	if err == nil {
		err = npy.WriteHeader(w, "<f4", len(x.templates), x.trunk)
	}
	if err != nil {
		return err
	}
	var b []byte
	n := 0
	err = x.each(func(_ part, t *Template) error {
		if t == nil {
			return nil
		}
		if n == len(x.templates) || x.templates[n] != t.ID {
			return errMoving
		}
		n++
		b = append(f32.Append(b[:0], t.Trunk), make([]byte, 4*(x.trunk-len(t.Trunk)))...)
		_, err := w.Write(b)
		return err
	})
	if err == nil && n != len(x.templates) {
		err = errMoving
	}
	if err != nil {
		return err
	}
	return x.array("has_trunk", zip.Store, "|b1", x.hasTrunk, len(x.hasTrunk))
}
