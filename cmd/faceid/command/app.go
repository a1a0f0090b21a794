package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/weaviate"
	"faceid/internal/atomicfile"
	"faceid/internal/plain"
	"faceid/models"
	"faceid/models/https"
	"faceid/recognize"
	"faceid/recognize/places"
)

// app is what the commands share: the streams, the flags that all have, and what is open.
type app struct {
	streams
	args        []string
	badArgs     int // arguments reported as of no use: exit code 2 at the end
	galleryPath string
	json        bool
	quiet       bool
	nul         bool
	keys        string // file of the server's keys
	audit       string // file of its audit log
	ort         string
	offline     bool

	open  []*recognize.Recognizer
	bar   *bar      // on the screen; nil: none
	bars  io.Writer // where they are drawn
	photo []byte    // on standard input, where "-" stands for one; nil: none
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version + " " + runtime.Version()
	}
	return "unknown"
}

// close closes what is open; the galleries' errors count.
func (a *app) close() error {
	var errs []error
	for _, r := range a.open {
		errs = append(errs, r.Close())
	}
	a.open = nil
	return errors.Join(errs...)
}

// recognizer opens what a command works with; o says which gallery and models, and the flags that all commands have do
// the rest.
func (a *app) recognizer(ctx context.Context, v viewFlags, o recognize.Options) (*recognize.Recognizer, error) {
	if o.Calibration != "" && a.galleryPath != "" && !recognize.IsAddress(a.galleryPath) && !exists(a.galleryPath) {
		return nil, fmt.Errorf("%s: %w", a.galleryPath, recognize.ErrNoneYet) // mistyped, for all that is known
	}
	o = a.options(v, o)
	r, err := recognize.Open(ctx, &o)
	if err == nil {
		a.open = append(a.open, r)
	}
	return r, err
}

// options are o with what the flags say.
func (a *app) options(v viewFlags, o recognize.Options) recognize.Options {
	o.Models = a.modelOptions(v.accept)
	o.Runtime = a.ort
	o.Engines = map[string]recognize.EngineOpener{"weaviate": openWeaviate}
	o.Progress = a.working()
	o.Remark = func(p embed.Photo) { a.remark("%s: %s", plain.Quoted(p.Path), p.Remark) }
	o.Model, o.Detector, o.Plain, o.MinSize, o.Workers = v.model, v.detector, v.plain || o.Plain, v.minSize, v.workers
	return o
}

// openWeaviate is the opener of clusters.
func openWeaviate(ctx context.Context, address string, create *gallery.Model) (gallery.Engine, error) {
	g, err := weaviate.Open(ctx, address, &weaviate.Options{Model: create, Create: create != nil})
	if err != nil {
		return nil, err // not a nil *weaviate.Gallery in an interface
	}
	return g, nil
}

// withGallery opens what compares photos with the gallery, or works on the gallery alone.
func (a *app) withGallery(ctx context.Context, v viewFlags) (*recognize.Recognizer, error) {
	return a.recognizer(ctx, v, recognize.Options{Gallery: a.galleryName()})
}

// engine opens the gallery that is there.
func (a *app) engine(ctx context.Context) (gallery.Engine, error) {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		return nil, err
	}
	return r.Gallery(ctx)
}

// galleryName is the gallery's path or address.
func (a *app) galleryName() string {
	if a.galleryPath != "" {
		return a.galleryPath
	}
	return recognize.DefaultGallery()
}

// notInput refuses to write results over what they are made from, or over the gallery in use. Of those that may be
// written it removes what killed commands left.
func (a *app) notInput(outs []string, inputs ...string) error {
	err := places.Check(a.galleryName(), outs, inputs...)
	if err == nil {
		atomicfile.SweepAll(outs)
	}
	return err
}

// models opens the catalogue of models.
func (a *app) models(acceptLicense bool) (*models.Store, error) {
	return models.Open(a.modelOptions(acceptLicense))
}

// modelOptions show downloads with a bar, and say what they are.
func (a *app) modelOptions(acceptLicense bool) *models.Options {
	var b *bar
	return &models.Options{
		Fetch:         https.Fetch,
		Offline:       a.offline,
		AcceptLicense: acceptLicense,
		Notify: func(text string) {
			a.remark("%s", text)
		},
		Progress: func(p models.Progress) {
			if b == nil || b.label != p.Name {
				b.finish()
				b = a.progress(p.Name, -1)
				b.total, b.bytes = p.Total, true
			}
			b.set(p.Done)
			if p.Done == p.Total {
				b.finish()
			}
		},
	}
}

// working shows what takes its time beside the photos.
func (a *app) working() func(what string, done, total int) {
	var b *bar
	return func(what string, done, total int) {
		if b == nil {
			b = a.progress(what, total)
		}
		b.show(done, total)
		if done == total {
			b.finish()
			b = nil
		}
	}
}
