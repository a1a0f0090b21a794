package recognize

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"faceid/embed"
	"faceid/gallery"
	"faceid/models"
)

// Options say what to open. Nil means the zero value: the default models and no gallery.
type Options struct {
	// Gallery is the file of a gallery, or scheme://ADDRESS for an engine in Engines. A file that is not there is
	// created by the first enrolment. Photos are analysed as the gallery was enrolled. "": no gallery. See
	// DefaultGallery.
	Gallery string
	// Calibration is a gallery by whose calibration Verify goes, with its model unless Model or Plain say otherwise; it
	// is never created, and an engine's address has none. "": Gallery's.
	Calibration string
	// Engines open galleries that live elsewhere, by the scheme of their address.
	Engines map[string]EngineOpener

	// Models says where models come from; nil: the cache and the folders of the environment, without a network.
	Models *models.Options
	// Model is the name of an embedder or a pack. "": the gallery's, else the default pack.
	Model string
	// Detector is the name of a detector. "": the pack's.
	Detector string
	// Runtime is the path of the ONNX Runtime library. "": it is looked for, see models.Store.Runtime.
	Runtime string

	Plain  bool         // do not add the mirrored view: half the time per face, a little less accurate
	Select embed.Select // which faces of a photo are analysed
	// look for faces from so many pixels on, and leave smaller ones out; 0: from 40 on, smaller where they turn up
	MinSize float32
	Workers int // photos analysed at once; 0: GOMAXPROCS

	// Decode bounds the photos that are read; nil: the defaults.
	Decode *embed.DecodeOptions
	// Pipelines has models that other Recognizers of the process have loaded; nil: they are loaded for this one alone.
	Pipelines *Pipelines

	// Progress is called while something takes its time beside the photos, such as the rebuilding of a search index;
	// what names it, done goes up to total. Nil: silence.
	Progress func(what string, done, total int)
	// Remark is called for each photo that was read although something is wrong with it, before its answer comes: see
	// embed.Photo.Remark. It is not called with Pipelines. Nil: nobody is told.
	Remark func(embed.Photo)
}

// EngineOpener opens the gallery at an address. With a model it is created if there is none, and refused with
// gallery.ErrModel if it was made with another one; without, a gallery that is not there is fs.ErrNotExist.
type EngineOpener func(ctx context.Context, address string, create *gallery.Model) (gallery.Engine, error)

// Recognizer is models, pipeline and gallery that belong together. Its methods are safe for concurrent use.
type Recognizer struct {
	o     Options
	store *models.Store

	mu      sync.Mutex // Protects what is opened when first needed.
	pipe    *Pipeline
	gallery gallery.Engine
}

// Open checks the options and reads the catalogue of models. Models and gallery are opened when they are first needed.
func Open(_ context.Context, o *Options) (*Recognizer, error) {
	r := &Recognizer{}
	if o != nil {
		r.o = *o
	}
	switch {
	case !(r.o.MinSize >= 0):
		return nil, fmt.Errorf("recognize: MinSize %v: pixels, at least 0", r.o.MinSize)
	case r.o.Workers < 0:
		return nil, fmt.Errorf("recognize: Workers %d: at least 0", r.o.Workers)
	}
	var err error
	r.store, err = models.Open(r.o.Models)
	return r, err
}

// Close closes what was opened; nothing may be going on. The gallery's error counts.
func (r *Recognizer) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.gallery != nil {
		// A gallery that was made for what then failed is taken away again: empty, it would refuse every other model.
		if g, ok := r.gallery.(interface{ Discard() error }); ok {
			err = g.Discard()
		} else {
			err = r.gallery.Close()
		}
		r.gallery = nil
	}
	if r.pipe != nil && r.o.Pipelines == nil {
		err = errors.Join(err, r.pipe.Close())
	}
	r.pipe = nil
	return err
}

// Models returns the catalogue and cache of models.
func (r *Recognizer) Models() *models.Store { return r.store }

// Options returns what the Recognizer was opened with.
func (r *Recognizer) Options() Options {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.o
}
