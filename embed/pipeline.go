package embed

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"faceid/embed/detect"
	"faceid/embed/photo"
)

// Select says which faces of a photo are analysed further.
type Select int

const (
	SelectAll     Select = iota // every face
	SelectLargest               // the one with the largest box
	SelectCentral               // the one whose box's centre is nearest to the photo's, as LFW's protocol has it
)

// Files makes inputs of paths.
func Files(paths ...string) iter.Seq[Input] {
	return func(yield func(Input) bool) {
		for _, p := range paths {
			if !yield(Input{Path: p}) {
				return
			}
		}
	}
}

// Pipeline analyses photos. Its fields may be set before the first Run and not changed after; then all methods are safe
// for concurrent use. Open makes one from the model catalogue.
type Pipeline struct {
	Detector   Detector    // nil only with Aligned
	Landmarker *Landmarker // used where the detector gives no points; may be nil if it does
	Embedder   *Embedder   // nil: faces have no embedding

	Mirror bool // embed the mirrored crop too: twice the time, somewhat more accurate
	// the photos are aligned crops: no detection; the whole photo is one face, scaled to 112×112
	Aligned  bool
	Select   Select         // which faces
	MaxFaces int            // at most so many per photo, those with the largest boxes; 0 means no bound
	Detect   DetectOptions  // smallest face, threshold
	Decode   *DecodeOptions // bounds for files
	Views    []Augmentation // each face is embedded once more for each, for training; see Face.Views
	// photos analysed at once; 0 means GOMAXPROCS. Memory grows with it: each holds one decoded photo
	Workers int
}

// Run analyses photos and yields one Photo for each, in their order. At most 4 × Workers are under way at once,
// whatever the number of inputs, and in is read no faster than that. A photo that cannot be read has Err set; the
// others go on. When ctx is cancelled Run yields no more (see ctx.Err) and returns; when the caller stops early Run
// returns as well. Both wait for the photos under analysis, at most Workers of them. in is called on another goroutine.
func (p *Pipeline) Run(ctx context.Context, in iter.Seq[Input]) iter.Seq[Photo] {
	return func(yield func(Photo) bool) {
		workers := p.Workers
		if workers <= 0 {
			workers = runtime.GOMAXPROCS(0)
		}
		ctx, cancel := context.WithCancel(ctx)
		type job struct {
			index int
			in    Input
			out   chan Photo // holds one
		}
		jobs := make(chan job)
		order := make(chan chan Photo, 3*workers) // with those in the workers' hands: 4 × workers
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel() // before the wait
		wg.Go(func() {
			defer close(order)
			defer close(jobs)
			i := 0
			for x := range in {
				j := job{i, x, make(chan Photo, 1)}
				i++
				select {
				case order <- j.out:
				case <-ctx.Done():
					return
				}
				select {
				case jobs <- j:
				case <-ctx.Done():
					return
				}
			}
		})
		for range workers {
			wg.Go(func() {
				for j := range jobs {
					if ctx.Err() != nil {
						return
					}
					j.out <- p.analyse(ctx, j.index, j.in)
				}
			})
		}
		for out := range order {
			select {
			case ph := <-out:
				if ctx.Err() != nil || !yield(ph) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// Photo analyses one photo on the caller's goroutine. Its Index is 0.
func (p *Pipeline) Photo(ctx context.Context, in Input) Photo { return p.analyse(ctx, 0, in) }

// Close closes the detector, the landmarker and the embedder; no Run may be going on.
func (p *Pipeline) Close() error {
	var errs []error
	if p.Detector != nil {
		errs = append(errs, p.Detector.Close())
	}
	if p.Landmarker != nil {
		errs = append(errs, p.Landmarker.Close())
	}
	if p.Embedder != nil {
		errs = append(errs, p.Embedder.Close())
	}
	return errors.Join(errs...)
}

func (p *Pipeline) analyse(ctx context.Context, index int, in Input) (ph Photo) {
	ph = Photo{Index: index, Path: in.Path, Label: in.Label}
	fail := func(err error) Photo {
		if in.Path != "" {
			err = fmt.Errorf("%s: %w", in.Path, err)
		}
		ph.Faces, ph.Err = nil, err
		return ph
	}
	m := in.Image
	if m == nil {
		b, err := p.content(ctx, in)
		if err != nil {
			return fail(err)
		}
		ph.SHA256 = sha256.Sum256(b)
		if ph.Known = in.Known != nil && in.Known(ph.SHA256); ph.Known {
			return ph
		}
		m, ph.Remark, err = photo.Read(ctx, b, p.Decode, p.shrink())
		if err != nil {
			return fail(err)
		}
	}
	k := m.Times()
	ph.Width, ph.Height = k*m.W, k*m.H
	faces, err := p.Faces(m.During(ctx))
	if err != nil {
		return fail(err)
	}
	for i := range faces {
		faces[i].scaledBy(float32(k))
	}
	ph.Faces = faces
	return ph
}

// content returns the bytes of the file.
func (p *Pipeline) content(ctx context.Context, in Input) ([]byte, error) {
	switch {
	case in.Data != nil:
		return in.Data, nil
	case in.Reader != nil:
		return photo.Stream(ctx, in.Reader, p.Decode)
	}
	return photo.File(ctx, in.Path, p.Decode)
}

// shrink returns by how much photos may be read smaller: see photo.Read. Where every face is wanted there are small
// ones as a rule, and reading the photo once more for them costs more than reading it whole at once.
func (p *Pipeline) shrink() func(w, h int) int {
	d, ok := p.Detector.(*detect.Net)
	if !ok || p.Aligned || p.Select != SelectLargest {
		return nil
	}
	return func(w, h int) int { return d.Shrink(w, h, p.Detect.MinSize) }
}

// SessionTime runs the models alone, on tensors that lie ready, as often as n photos with one face each need them, on
// Workers goroutines, and returns how long it took: what the pipeline could reach if everything but the models were
// free. It is for benchmarks, and meant for a pipeline that Open made.
func (p *Pipeline) SessionTime(n int) (time.Duration, error) {
	workers := p.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var steps []func() error // each runs a model once
	if d, ok := p.Detector.(*detect.Net); ok && !p.Aligned {
		steps = append(steps, d.Blank)
	}
	if l := p.Landmarker; l != nil && !p.Aligned {
		steps = append(steps, func() error {
			return l.s.Blank(1, int64(l.norm.Channels), int64(l.in.Height), int64(l.in.Width))
		})
	}
	if e := p.Embedder; e != nil {
		views := int64(1)
		if p.Mirror && e.free {
			views = 2
		}
		steps = append(steps, func() error {
			return e.s.Blank(views, int64(e.norm.Channels), int64(e.in.Height), int64(e.in.Width))
		})
	}
	var left atomic.Int64
	left.Store(int64(n))
	errs := make([]error, workers)
	var wg sync.WaitGroup
	start := time.Now()
	for w := range workers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				for _, step := range steps {
					if err := step(); err != nil {
						errs[w] = err
						return
					}
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start), errors.Join(errs...)
}
