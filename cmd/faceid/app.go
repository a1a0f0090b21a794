package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/gallery/weaviate"
	"faceid/models"
	"faceid/models/https"
)

var nan = math.NaN()

// app is what the commands share: the streams, the flags that all have, and what is open.
type app struct {
	streams
	args        []string
	badArgs     int // arguments reported as of no use: exit code 2 at the end
	galleryPath string
	json        bool
	quiet       bool
	ort         string
	offline     bool

	store   *models.Store
	pipe    *embed.Pipeline
	gallery gallery.Engine
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version + " " + runtime.Version()
	}
	return "unknown"
}

// close closes what is open; the gallery's error counts.
func (a *app) close() error {
	var err error
	if a.gallery != nil {
		err = a.gallery.Close()
		a.gallery = nil
	}
	if a.pipe != nil {
		err = errors.Join(err, a.pipe.Close())
		a.pipe = nil
	}
	return err
}

// openModels opens the model store; downloads show a bar, and say what they are.
func (a *app) openModels() (*models.Store, error) { return a.openModelsWith(false) }

func (a *app) openModelsWith(accept bool) (*models.Store, error) {
	if a.store != nil {
		return a.store, nil
	}
	var b *bar
	var name string
	s, err := models.Open(&models.Options{
		Fetch:         https.Fetch,
		Offline:       a.offline,
		AcceptLicense: accept,
		Notify: func(text string) {
			if b != nil {
				b.clear()
			}
			a.remark("%s", text)
		},
		Progress: func(p models.Progress) {
			if b == nil || name != p.Name {
				if b != nil {
					b.finish()
				}
				b, name = a.progressBytes(p.Name, p.Total), p.Name
			}
			b.set(p.Done)
			if p.Done == p.Total {
				b.finish()
			}
		},
	})
	a.store = s
	return s, err
}

// viewOptions are the flags that say how a face becomes an embedding.
type viewOptions struct {
	detector string
	model    string
	plain    bool
	accept   bool
	minSize  float32
	workers  int
}

func (v *viewOptions) flags(f *pflag.FlagSet) {
	v.detectorFlag(f)
	f.StringVar(&v.model, "model", os.Getenv("FACEID_MODEL"), "the embedder or pack `NAME` (default: $FACEID_MODEL, the gallery's, else the default pack); see faceid models list")
	f.BoolVar(&v.plain, "plain", false, "do not add the mirrored view: half the time a face, a little less accurate")
}

func (v *viewOptions) detectorFlag(f *pflag.FlagSet) {
	f.StringVar(&v.detector, "detector", "", "the detector `NAME`: ultraface, yunet, … (default: the pack's)")
	f.BoolVar(&v.accept, "accept-license", false, "accept the licence of a non-commercial model, once and for all")
	f.Float32Var(&v.minSize, "min-size", 0, "look for faces from `PIXELS` on, and leave smaller ones out (default: from 40 on, smaller ones where they turn up)")
	f.IntVar(&v.workers, "workers", 0, "photos analysed at once (default: one a core)")
}

// check refuses what the pipeline would take for a default.
func (v viewOptions) check() error {
	switch {
	case !(v.minSize >= 0):
		return errFlag("min-size", v.minSize, "pixels, at least 0")
	case v.workers < 0:
		return errFlag("workers", v.workers, "at least 0")
	}
	return nil
}

func (v viewOptions) views() string {
	if v.plain {
		return "plain"
	}
	return "mirrored"
}

// pipelineWant is what a command asks of the pipeline.
type pipelineWant struct {
	view       viewOptions
	detectOnly bool
	pick       embed.Select
	gallery    bool // take the gallery's model where the user names none
}

func (v viewOptions) pipeline() pipelineWant { return pipelineWant{view: v} }

// forGallery is pipeline for a command that compares with the gallery.
func (v viewOptions) forGallery() pipelineWant { return pipelineWant{view: v, gallery: true} }

// pipeline is a pipeline with what the catalogue knows of its models.
type pipeline struct {
	*embed.Pipeline
	pack  models.Pack
	entry models.Entry // of the embedder
	views string

	minSize float32 // smaller faces are left out; 0: none are
}

// Run is the pipeline's Run without the faces that --min-size rules out.
func (p *pipeline) Run(ctx context.Context, in iter.Seq[embed.Input]) iter.Seq[embed.Photo] {
	return func(yield func(embed.Photo) bool) {
		for photo := range p.Pipeline.Run(ctx, in) {
			photo.Faces = slices.DeleteFunc(photo.Faces, func(f embed.Face) bool { return f.Quality.Size < p.minSize })
			if !yield(photo) {
				return
			}
		}
	}
}

// Model returns the embedder's entry.
func (p *pipeline) Model() models.Entry { return p.entry }

// contract is what a gallery of this pipeline's embeddings records.
func (p *pipeline) contract() gallery.Model {
	return gallery.Model{Name: p.entry.Name, SHA256: p.entry.SHA256, Dim: p.entry.Output.Dim, Views: p.views}
}

// pack resolves the names of models into a whole pack.
func (w pipelineWant) pack(ctx context.Context, a *app, s *models.Store) (models.Pack, string, error) {
	pack, views := s.Packs()[0], w.view.views()
	name := w.view.model
	if w.gallery {
		m, err := a.galleryModel(ctx)
		if err != nil {
			return pack, "", err
		}
		if m != nil {
			if w.view.plain && m.Views != views {
				return pack, "", withHint(fmt.Errorf("--plain: %s was enrolled with %s views, and photos are compared in the same way", a.galleryName(), m.Views),
					"leave --plain out, or use another --gallery")
			}
			views = m.Views
			if name == "" {
				if name, err = a.knownModel(s, *m); err != nil {
					return pack, "", err
				}
			}
		}
	}
	if name != "" {
		if p, err := s.Pack(name); err == nil {
			pack = p
		} else if e, err := s.Entry(name); err != nil {
			return pack, "", err
		} else if e.Role != models.RoleEmbedder {
			return pack, "", errFlag("model", name, "is no embedder, its role is "+string(e.Role))
		} else {
			for _, p := range s.Packs() { // a non-default embedder brings the detector it is known with
				if p.Embedder == name {
					pack = p
					break
				}
			}
			pack.Name, pack.Embedder = name, name
		}
	}
	if d := w.view.detector; d != "" {
		e, err := s.Entry(d)
		if err != nil {
			return pack, "", err
		}
		if e.Role != models.RoleDetector {
			return pack, "", errFlag("detector", d, "is no detector, its role is "+string(e.Role))
		}
		pack.Name, pack.Detector, pack.Landmarks = pack.Name+"+"+d, d, ""
		if e.Decoder == models.DecoderUltraFace {
			pack.Landmarks = s.Packs()[0].Landmarks
		}
	}
	return pack, views, nil
}

// knownModel is the name by which the model that made the gallery is known here; without it no photo can be compared with the gallery.
func (a *app) knownModel(s *models.Store, m gallery.Model) (string, error) {
	for _, e := range s.Entries() {
		if e.Role == models.RoleEmbedder && e.SHA256 == m.SHA256 {
			return e.Name, nil
		}
	}
	return "", withHint(fmt.Errorf("%w: %s was enrolled with %s (%.12s…), which is not among the models", gallery.ErrModel, a.galleryName(), m.Name, m.SHA256),
		"add that file with faceid models add, or use another --gallery")
}

// openPipeline loads the library and the models.
func (a *app) openPipeline(ctx context.Context, w pipelineWant) (*pipeline, error) {
	if err := w.view.check(); err != nil {
		return nil, err
	}
	s, err := a.openModelsWith(w.view.accept)
	if err != nil {
		return nil, err
	}
	pack, views, err := w.pack(ctx, a, s)
	if err != nil {
		return nil, err
	}
	e, err := s.Entry(pack.Embedder)
	if err != nil {
		return nil, err
	}
	p, err := embed.Open(ctx, s, pack, &embed.OpenOptions{Runtime: a.ort, Mirror: views == "mirrored", NoEmbedder: w.detectOnly})
	if err != nil {
		return nil, err
	}
	p.Select = w.pick
	p.Detect.MinSize = w.view.minSize
	p.Workers = w.view.workers
	a.pipe = p
	return &pipeline{Pipeline: p, pack: pack, entry: e, views: views, minSize: w.view.minSize}, nil
}

// galleryName is the gallery's path or address.
func (a *app) galleryName() string {
	if a.galleryPath != "" {
		return a.galleryPath
	}
	if p := os.Getenv("FACEID_GALLERY"); p != "" {
		return p
	}
	return filepath.Join(dataDir(), "gallery.db")
}

// dataDir is where a user's data belongs: $XDG_DATA_HOME/faceid, ~/.local/share/faceid, or the system's folder for it.
func dataDir() string {
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "faceid")
	}
	if runtime.GOOS == "linux" {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, ".local", "share", "faceid")
		}
	}
	if d, err := os.UserConfigDir(); err == nil {
		return filepath.Join(d, "faceid")
	}
	return "faceid-data"
}

func isCluster(name string) bool { return strings.HasPrefix(name, "weaviate://") }

// galleryModel is the model of the gallery in use, or nil where there is none yet.
func (a *app) galleryModel(ctx context.Context) (*gallery.Model, error) {
	e, err := a.openGallery(ctx, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	return &info.Model, nil
}

// openGallery opens the gallery in use. With a model it is created if there is none, and refused if it was made with another one.
func (a *app) openGallery(ctx context.Context, create *gallery.Model) (gallery.Engine, error) {
	if a.gallery != nil {
		if create != nil {
			info, err := a.gallery.Info(ctx)
			if err != nil {
				return nil, err
			}
			if err := a.sameModel(info.Model, *create); err != nil {
				return nil, err
			}
		}
		return a.gallery, nil
	}
	e, err := a.openEngine(ctx, a.galleryName(), create)
	if err == nil {
		a.gallery = e
	}
	return e, err
}

// sameModel refuses to compare embeddings of two models: the scores would look like any others and mean nothing.
func (a *app) sameModel(have, is gallery.Model) error {
	if have.SHA256 == is.SHA256 && have.Dim == is.Dim {
		return nil
	}
	return withHint(fmt.Errorf("%w: %s was enrolled with %s, this is %s", gallery.ErrModel, a.galleryName(), have.Name, is.Name),
		"leave --model and FACEID_MODEL out, use another --gallery, or after fine-tuning: faceid gallery migrate --model "+is.Name)
}

// openEngine opens the gallery at name, a file or a cluster's address.
func (a *app) openEngine(ctx context.Context, name string, create *gallery.Model) (gallery.Engine, error) {
	if isCluster(name) {
		return weaviate.Open(ctx, name, &weaviate.Options{Model: create, Create: create != nil})
	}
	if create != nil {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return nil, err
		}
	}
	var b *bar
	return sqlite.Open(name, &sqlite.Options{Model: create, Create: create != nil, Progress: func(done, total int) {
		if b == nil {
			b = a.progress("rebuilding the search index", int64(total))
		}
		b.set(int64(done))
		if done == total {
			b.finish()
			b = nil
		}
	}})
}

// openStore opens the gallery in use for what only a file can do.
func (a *app) openStore(ctx context.Context, what string) (*sqlite.Store, error) {
	e, err := a.openGallery(ctx, nil)
	if err != nil {
		return nil, err
	}
	s, ok := e.(*sqlite.Store)
	if !ok {
		return nil, fmt.Errorf("%s: a cluster cannot %s; that is for a gallery file", a.galleryName(), what)
	}
	return s, nil
}
