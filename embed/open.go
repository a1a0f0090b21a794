package embed

import (
	"context"
	"fmt"
	"sync"

	"faceid/embed/detect"
	"faceid/embed/onnx"
	"faceid/embed/photo"
	"faceid/models"
)

// Models is where Open gets files from. The store of package models is one.
type Models interface {
	// Load returns the catalogue entry of that name and the model's content, verified by its SHA-256.
	Load(ctx context.Context, name string) (models.Entry, []byte, error)
	// Runtime returns the path of the ONNX Runtime shared library for this machine; explicit is one that the user
	// named, or "".
	Runtime(ctx context.Context, explicit string) (string, error)
	// Codec returns the path of the libvips shared library for this machine, or "" where there is none.
	Codec() string
	// HEIF returns the paths of the shared libraries that decode HEIC photos, in order, or nil where there are none.
	HEIF() []string
}

// OpenOptions tune Open; nil means the zero value.
type OpenOptions struct {
	Runtime      string // path of the ONNX Runtime library; "" lets Models find it
	Mirror       bool   // see Pipeline.Mirror
	NoEmbedder   bool   // detect only
	NoDetector   bool   // the photos are aligned crops: Pipeline.Aligned is set
	SkipSelfTest bool   // UNSAFE: do not compare the models' answers with the stored ones
}

// Open makes a pipeline of a pack's models: it loads the library and the models side by side, tests each by its entry's
// SelfTest, and returns ErrRuntime, ErrModel, ErrSelfTest or what m's methods return. Close the pipeline after use.
func Open(ctx context.Context, m Models, pack models.Pack, o *OpenOptions) (*Pipeline, error) {
	var opt OpenOptions
	if o != nil {
		opt = *o
	}
	p := &Pipeline{Mirror: opt.Mirror, Aligned: opt.NoDetector}
	library := sync.OnceValue(func() error {
		path, err := m.Runtime(ctx, opt.Runtime)
		if err != nil {
			return err
		}
		// Photos are read without libvips too, so one that cannot be loaded is not an error; DecoderVersion tells.
		if lib := m.Codec(); lib != "" {
			_ = photo.LoadDecoder(lib)
		}
		if dec := m.HEIF(); dec != nil {
			_ = photo.LoadHEIF(dec)
		}
		return onnx.Init(path)
	})
	// The files are read while the library is being loaded; then the sessions are made on all cores.
	var wg sync.WaitGroup
	var errs [3]error
	load := func(i int, name string, build func(models.Entry, []byte) error) {
		wg.Go(func() {
			e, b, err := m.Load(ctx, name)
			if lib := library(); lib != nil {
				err = lib
			}
			if err == nil {
				err = build(e, b)
			}
			errs[i] = err
		})
	}
	if !opt.NoEmbedder {
		load(0, pack.Embedder, func(e models.Entry, b []byte) (err error) {
			if p.Embedder, err = NewEmbedder(e, b); err != nil || opt.SkipSelfTest {
				return err
			}
			return p.Embedder.selfTest()
		})
	}
	if !opt.NoDetector {
		load(1, pack.Detector, func(e models.Entry, b []byte) error {
			d, err := detect.New(e, b)
			if err != nil {
				return err
			}
			p.Detector = d
			if opt.SkipSelfTest {
				return nil
			}
			return d.SelfTest(e)
		})
	}
	if !opt.NoDetector && pack.Landmarks != "" {
		load(2, pack.Landmarks, func(e models.Entry, b []byte) (err error) {
			if p.Landmarker, err = NewLandmarker(e, b); err != nil || opt.SkipSelfTest {
				return err
			}
			return p.Landmarker.selfTest(e)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			p.Close()
			return nil, fmt.Errorf("open pack %q: %w", pack.Name, err)
		}
	}
	return p, nil
}
