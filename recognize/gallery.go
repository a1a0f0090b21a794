package recognize

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/recognize/rejection"
)

// DefaultGallery is where a user's gallery is unless said otherwise: $FACEID_GALLERY, else UsualGallery.
func DefaultGallery() string { return cmp.Or(os.Getenv("FACEID_GALLERY"), UsualGallery()) }

// UsualGallery is gallery.db in $XDG_DATA_HOME/faceid, ~/.local/share/faceid or the system's folder for a user's data.
// It is "" where the environment names none of these: a gallery is not put where nobody looks for it.
func UsualGallery() string {
	if dir := dataDir(); dir != "" {
		return filepath.Join(dir, "gallery.db")
	}
	return ""
}

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
	return ""
}

// IsAddress tells an engine's address, scheme://…, from a file.
func IsAddress(name string) bool { return strings.Contains(name, "://") }

// OpenEngine opens the gallery at name, a file or an engine's address. With a model it is created if there is none, and
// refused with gallery.ErrModel if it was made with another one; without, one that is not there is fs.ErrNotExist. The
// caller closes it.
func (r *Recognizer) OpenEngine(ctx context.Context, name string, create *gallery.Model) (gallery.Engine, error) {
	if scheme, _, ok := strings.Cut(name, "://"); ok {
		open := r.o.Engines[scheme]
		if open == nil {
			return nil, fmt.Errorf("%s: this program cannot open galleries of the kind %s://", name, scheme)
		}
		return open(ctx, name, create)
	}
	if create != nil {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return nil, err
		}
	}
	o := &sqlite.Options{Model: create, Create: create != nil}
	if r.o.Progress != nil {
		o.Progress = func(done, total int) { r.o.Progress("rebuilding the search index", done, total) }
	}
	s, err := sqlite.Open(name, o)
	if err != nil {
		return nil, err // not a nil *sqlite.Store in an interface
	}
	return s, nil
}

// Gallery returns the gallery that is there; fs.ErrNotExist if there is none yet.
func (r *Recognizer) Gallery(ctx context.Context) (gallery.Engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.openLocked(ctx, nil)
}

// GalleryFor returns the gallery for embeddings of model m: created if there is none, refused with gallery.ErrModel if
// it was made with another one.
func (r *Recognizer) GalleryFor(ctx context.Context, m gallery.Model) (gallery.Engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.openLocked(ctx, &m)
}

func (r *Recognizer) openLocked(ctx context.Context, create *gallery.Model) (gallery.Engine, error) {
	if r.o.Gallery == "" {
		return nil, ErrNoGallery
	}
	if r.gallery == nil {
		e, err := r.OpenEngine(ctx, r.o.Gallery, create)
		if err != nil {
			return nil, err
		}
		r.gallery = e
		return e, nil
	}
	if create != nil {
		info, err := r.gallery.Info(ctx)
		if err != nil {
			return nil, err
		}
		if err := r.sameModel(info.Model, *create); err != nil {
			return nil, err
		}
	}
	return r.gallery, nil
}

// sameModel returns a *ModelError where embeddings of is may not be compared with those of have.
func (r *Recognizer) sameModel(have, is gallery.Model) error {
	if have.Same(is) {
		return nil
	}
	return &ModelError{r.o.Gallery, have, is}
}

// Store returns the gallery where it is a file, for what only a file can do; doing names that for the error.
func (r *Recognizer) Store(ctx context.Context, doing string) (*sqlite.Store, error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := e.(*sqlite.Store)
	if !ok {
		return nil, fmt.Errorf("%s: a cluster cannot %s; that is for a gallery file", r.o.Gallery, doing)
	}
	return s, nil
}

// There returns the gallery and its counts; ErrNoneYet if there is none.
func (r *Recognizer) There(ctx context.Context) (gallery.Engine, gallery.Info, error) {
	e, err := r.Gallery(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: %w", r.o.Gallery, ErrNoneYet)
	}
	if err != nil {
		return nil, gallery.Info{}, err
	}
	info, err := rejection.Info(ctx, e)
	return e, info, err
}

// enrolled returns the gallery to search, its counts, and the pipeline that makes probes for it.
func (r *Recognizer) enrolled(ctx context.Context) (gallery.Engine, gallery.Info, *Pipeline, error) {
	e, info, err := r.There(ctx)
	if err == nil && info.Templates == 0 {
		err = fmt.Errorf("%s: %w", r.o.Gallery, ErrNobody)
	}
	if err != nil {
		return nil, info, nil, err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, info, nil, err
	}
	return e, info, p, r.sameModel(info.Model, p.Model())
}

// InUse is the gallery to search and the pipeline that makes probes for it; errors are those of Identify.
func (r *Recognizer) InUse(ctx context.Context) (gallery.Engine, *Pipeline, error) {
	e, _, p, err := r.enrolled(ctx)
	return e, p, err
}
