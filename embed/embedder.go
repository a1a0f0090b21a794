package embed

import (
	"errors"
	"fmt"
	"math"

	"faceid/embed/onnx"
	"faceid/embed/resample"
	"faceid/internal/onnxgraph"
	"faceid/models"
)

// Embedder turns aligned crops into embeddings. It is safe for concurrent use.
type Embedder struct {
	s     *onnx.Session
	names []string
	entry models.Entry
	in    models.Input
	norm  resample.Norm
	dim   int
	trunk int  // length of the trunk feature; 0: not tapped
	free  bool // the batch is free

	upright *models.Spread  // of the norms of good upright faces; nil: not known
	quality *models.Quality // nil: not known
}

// Embedding is an embedder's answer for one face.
type Embedding struct {
	Unit  []float32 // of unit length, Dim values
	Trunk []float32 // input of the last dense layer, mean over the views; nil where it cannot be tapped
	Norm  float32   // L2 norm of the raw output, mean over the views, before Unit was made
}

// maxBatch bounds the crops in one run: more do not make it faster, and memory grows with it.
const maxBatch = 8

// NewEmbedder returns the embedder of a catalogue entry. model is the file's content. The graph is changed in memory:
// its batch dimension is freed and the input of its last dense layer becomes an output. Where one of the two cannot be
// done, the embedder works without (crops one by one; no trunk features). It returns ErrModel, or ErrRuntime before
// Init.
func NewEmbedder(e models.Entry, model []byte) (*Embedder, error) {
	if e.Decoder != models.DecoderEmbedding {
		return nil, fmt.Errorf("%w: %s: embeddings are not decoded by %q", ErrModel, e.Name, e.Decoder)
	}
	c, err := onnx.NewContract(e, model)
	if err != nil {
		return nil, err
	}
	if c.In.Width != CropSize || c.In.Height != CropSize {
		return nil, fmt.Errorf("%w: %s: input of %d × %d pixels where crops are %d × %d", ErrModel, e.Name,
			c.In.Width, c.In.Height, CropSize, CropSize)
	}
	m := &Embedder{entry: e, in: c.In, norm: c.Norm, dim: c.Out.Dim, upright: c.Out.Upright,
		quality: c.Out.Quality}
	names := c.Out.Names[:1:1]
	switch err := c.Graph.FreeBatch(); {
	case err == nil:
		m.free = true
	case !errors.Is(err, onnxgraph.ErrBatch):
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, e.Name, err)
	}
	if d, err := c.Graph.LastDense(); err == nil {
		if err := c.Graph.Tap(d.Trunk); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrModel, e.Name, err)
		}
		names = append(names, d.Trunk)
		m.trunk = d.In
	}
	m.names = names
	if m.s, err = onnx.NewSession(e.Name, onnx.FastPReLU(c.Graph.Bytes()), c.In.Name, names, false); err != nil {
		return nil, err
	}
	return m, nil
}

// Entry is the catalogue entry that the embedder was made from.
func (e *Embedder) Entry() models.Entry { return e.entry }

// Dim is the length of an embedding, as the entry says; 0 if it does not.
func (e *Embedder) Dim() int { return e.dim }

// TrunkDim is the length of the trunk feature; 0 where it cannot be tapped.
func (e *Embedder) TrunkDim() int { return e.trunk }

// Close frees the session; nothing may be running on it.
func (e *Embedder) Close() error { return e.s.Close() }

// Embed returns one Embedding per crop, in order. The crops are 112×112, as Align makes them. With mirror each crop is
// seen a second time, left and right exchanged; the raw outputs of the two views are added before normalising, and the
// trunk is their mean. It returns ErrModel if the model answers with something else than Dim finite values, not all
// zero.
func (e *Embedder) Embed(crops []*Image, mirror bool) ([]Embedding, error) {
	views := 1
	if mirror {
		views = 2
	}
	for _, c := range crops {
		if c.W != CropSize || c.H != CropSize {
			return nil, fmt.Errorf("embed: crop of %d × %d pixels where the embedder takes %d × %d", c.W, c.H, CropSize,
				CropSize)
		}
	}
	res := make([]Embedding, len(crops))
	if !e.free {
		for i, c := range crops {
			var acc rawSum
			for v := range views {
				if err := e.run([]*Image{c}, 1, v == 1, func(_ int, raw, trunk []float32) {
					acc.add(raw, trunk)
				}); err != nil {
					return nil, err
				}
			}
			var err error
			if res[i], err = acc.embedding(e, views); err != nil {
				return nil, err
			}
		}
		return res, nil
	}
	for lo := 0; lo < len(crops); lo += maxBatch / views {
		part := crops[lo:min(lo+maxBatch/views, len(crops))]
		sums := make([]rawSum, len(part))
		err := e.run(part, views, false, func(i int, raw, trunk []float32) { sums[i/views].add(raw, trunk) })
		if err != nil {
			return nil, err
		}
		for i := range part {
			if res[lo+i], err = sums[i].embedding(e, views); err != nil {
				return nil, err
			}
		}
	}
	return res, nil
}

// run feeds views of the crops, view by view of each, and calls f with the outputs of each row. mirrored exchanges left
// and right of all rows, views == 2 of every second.
func (e *Embedder) run(crops []*Image, views int, mirrored bool, f func(i int, raw, trunk []float32)) error {
	n := len(crops) * views
	t, err := e.s.Acquire(int64(n), int64(e.norm.Channels), CropSize, CropSize)
	if err != nil {
		return err
	}
	defer e.s.Release(t)
	in := t.Input()
	size := len(in) / n
	for i := range n {
		resample.Tensor(crops[i/views], in[i*size:(i+1)*size], e.norm, mirrored || i%views == 1)
	}
	if err := e.s.Run(t); err != nil {
		return err
	}
	raw := t.Output(0)
	dim := len(raw) / n
	if dim*n != len(raw) || dim == 0 || e.dim != 0 && dim != e.dim {
		return fmt.Errorf("%w: %s: %d values for %d crops where its entry says %d each", ErrModel, e.s.Name(), len(raw),
			n, e.dim)
	}
	var trunk []float32
	if e.trunk > 0 {
		if trunk = t.Output(1); len(trunk) != n*e.trunk {
			return fmt.Errorf("%w: %s: trunk of %d values for %d crops, %d each", ErrModel, e.s.Name(), len(trunk), n,
				e.trunk)
		}
	}
	for i := range n {
		var tr []float32
		if trunk != nil {
			tr = trunk[i*e.trunk : (i+1)*e.trunk]
		}
		f(i, raw[i*dim:(i+1)*dim], tr)
	}
	return nil
}

// rawSum adds the views of one face.
type rawSum struct {
	raw, trunk []float32
	norm       float64
}

func (s *rawSum) add(raw, trunk []float32) {
	s.norm += l2(raw)
	if s.raw == nil {
		s.raw = append([]float32(nil), raw...)
		if trunk != nil {
			s.trunk = append([]float32(nil), trunk...)
		}
		return
	}
	for i, x := range raw {
		s.raw[i] += x
	}
	for i, x := range trunk {
		s.trunk[i] += x
	}
}

func (s *rawSum) embedding(e *Embedder, views int) (Embedding, error) {
	n := l2(s.raw)
	if !(n > 0) || math.IsInf(n, 0) {
		return Embedding{}, fmt.Errorf("%w: %s: the embedding has norm %v", ErrModel, e.s.Name(), n)
	}
	for i := range s.raw {
		s.raw[i] = float32(float64(s.raw[i]) / n)
	}
	if views > 1 {
		for i := range s.trunk {
			s.trunk[i] /= float32(views)
		}
	}
	return Embedding{Unit: s.raw, Trunk: s.trunk, Norm: float32(s.norm / float64(views))}, nil
}

// l2 is the Euclidean norm.
func l2(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}

func (e *Embedder) selfTest() error {
	return e.s.SelfTest(e.entry.SelfTest, e.names, 1, int64(e.norm.Channels), int64(e.in.Height), int64(e.in.Width))
}
