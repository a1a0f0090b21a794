package recognize

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/models"
)

// Pipeline is an analysis of photos with what the catalogue knows of its models.
type Pipeline struct {
	*embed.Pipeline
	Pack    models.Pack
	Entry   models.Entry // of the embedder
	MinSize float32      // smaller faces are left out; 0: none are

	remark func(embed.Photo) // Options.Remark
}

// Run is the embedded Run without the faces that Options.MinSize rules out.
func (p *Pipeline) Run(ctx context.Context, in iter.Seq[embed.Input]) iter.Seq[embed.Photo] {
	return func(yield func(embed.Photo) bool) {
		for photo := range p.Pipeline.Run(ctx, in) {
			photo.Faces = slices.DeleteFunc(photo.Faces, func(f embed.Face) bool { return f.Quality.Size < p.MinSize })
			if photo.Remark != "" && p.remark != nil {
				p.remark(photo)
			}
			if !yield(photo) {
				return
			}
		}
	}
}

// Model is what a gallery of this pipeline's embeddings records.
func (p *Pipeline) Model() gallery.Model {
	views := ViewsPlain
	if p.Mirror {
		views = ViewsMirrored
	}
	return gallery.Model{Name: p.Entry.Name, SHA256: p.Entry.SHA256, Dim: p.Entry.Output.Dim, Views: views}
}

// Pipeline returns the analysis of photos; the library and the models are loaded by the first call. It is as the
// gallery was enrolled, where there is one, that of Options.Calibration included. It returns gallery.ErrModel, or
// errors of packages models and embed.
func (r *Recognizer) Pipeline(ctx context.Context) (*Pipeline, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pipe != nil {
		return r.pipe, nil
	}
	var m *gallery.Model
	switch info, err := r.infoLocked(ctx); {
	case err == nil:
		m = &info.Model
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrNoGallery):
		return nil, err
	}
	c, err := r.choose(m)
	if err != nil {
		return nil, err
	}
	if r.o.Pipelines != nil {
		r.pipe, err = r.o.Pipelines.get(ctx, r, c)
	} else if r.pipe, err = r.load(ctx, c); err == nil {
		r.pipe.remark = r.o.Remark
	}
	return r.pipe, err
}

// load loads models.
func (r *Recognizer) load(ctx context.Context, c choice) (*Pipeline, error) {
	p, err := embed.Open(ctx, r.store, c.pack, &embed.OpenOptions{
		Runtime: r.o.Runtime, Mirror: c.views == ViewsMirrored,
	})
	if err != nil {
		return nil, err
	}
	p.Select, p.Detect.MinSize, p.Workers, p.Decode = r.o.Select, r.o.MinSize, r.o.Workers, r.o.Decode
	return &Pipeline{Pipeline: p, Pack: c.pack, Entry: c.entry, MinSize: r.o.MinSize}, nil
}

// infoLocked is of the gallery in use, or of Options.Calibration where nothing else says which model is asked for.
func (r *Recognizer) infoLocked(ctx context.Context) (gallery.Info, error) {
	e, err := r.openLocked(ctx, nil)
	if o := &r.o; errors.Is(err, ErrNoGallery) && o.Model == "" && !o.Plain && !IsAddress(o.Calibration) &&
		o.Calibration != "" {
		if e, err = r.OpenEngine(ctx, o.Calibration, nil); err == nil {
			defer e.Close()
		}
	}
	if err != nil {
		return gallery.Info{}, err
	}
	return e.Info(ctx)
}
