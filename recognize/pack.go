package recognize

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"faceid/gallery"
	"faceid/models"
)

// The two ways of making an embedding, as a gallery records them.
const (
	ViewsPlain    = "plain"
	ViewsMirrored = "mirrored" // the mean with the mirrored face's
)

// choice is which models analyse photos, and how.
type choice struct {
	pack  models.Pack
	entry models.Entry // of the embedder
	views string
}

// choose resolves the names of models into a whole pack. m is the gallery's model, nil where there is none.
func (r *Recognizer) choose(m *gallery.Model) (c choice, err error) {
	c.pack, c.views = r.store.Packs()[0], ViewsMirrored
	if r.o.Plain {
		c.views = ViewsPlain
	}
	name := r.o.Model
	if m != nil {
		if r.o.Plain && m.Views != c.views {
			return c, fmt.Errorf("%s was enrolled with %s views, and %w", r.o.Gallery, m.Views, ErrPlain)
		}
		c.views = m.Views
		if name == "" {
			e, err := r.ModelOf(*m)
			if err != nil {
				return c, err
			}
			name = e.Name
		}
	}
	if name != "" {
		if c.pack, err = r.packOf(name); err != nil {
			return c, err
		}
	}
	if r.o.Detector != "" {
		if c.pack, err = r.withDetector(c.pack); err != nil {
			return c, err
		}
	}
	c.entry, err = r.store.Entry(c.pack.Embedder)
	return c, err
}

// modelOf returns the embedder with this checksum: the one rule by which a gallery, a head and a training set find
// their model. Names can be given again, checksums not.
func (r *Recognizer) modelOf(sha256 string) (models.Entry, error) {
	for _, e := range r.store.Entries() {
		if e.Role == models.RoleEmbedder && e.SHA256 == sha256 {
			return e, nil
		}
	}
	return models.Entry{}, fmt.Errorf("%w: no model has the SHA-256 %.12s…", models.ErrUnknown, sha256)
}

// packOf returns the pack of this name, or the one that goes with the embedder of this name.
func (r *Recognizer) packOf(name string) (models.Pack, error) {
	if p, err := r.store.Pack(name); err == nil {
		return p, nil
	}
	e, err := r.store.Entry(name)
	if err != nil {
		return models.Pack{}, err
	}
	if e.Role != models.RoleEmbedder {
		return models.Pack{}, &RoleError{name, string(e.Role), string(models.RoleEmbedder)}
	}
	pack := r.store.Packs()[0]
	for _, p := range r.store.Packs() { // a non-default embedder brings the detector that it is known with
		if p.Embedder == name {
			pack = p
			break
		}
	}
	pack.Name, pack.Embedder = name, name
	return pack, nil
}

// withDetector replaces the pack's detector by the one that Options name.
func (r *Recognizer) withDetector(pack models.Pack) (models.Pack, error) {
	e, err := r.store.Entry(r.o.Detector)
	if err != nil {
		return pack, err
	}
	if e.Role != models.RoleDetector {
		return pack, &RoleError{e.Name, string(e.Role), string(models.RoleDetector)}
	}
	pack.Name, pack.Detector, pack.Landmarks = pack.Name+"+"+e.Name, e.Name, ""
	if e.Decoder == models.DecoderUltraFace {
		pack.Landmarks = r.store.Packs()[0].Landmarks
	}
	return pack, nil
}

// ModelOf returns the model that made a gallery. It returns a *ModelError if that is not among the models here: without
// it no photo can be compared with the gallery.
func (r *Recognizer) ModelOf(m gallery.Model) (models.Entry, error) {
	e, err := r.modelOf(m.SHA256)
	if err != nil {
		return e, &ModelError{Gallery: cmp.Or(r.o.Gallery, r.o.Calibration), Have: m}
	}
	return e, nil
}

// needs tells whether the gallery, if there is one, cannot be used without this model of the user's own: it was
// enrolled with it, and no other entry is the same file.
func (r *Recognizer) needs(ctx context.Context, e models.Entry) (bool, error) {
	if !slices.ContainsFunc(e.Sources, func(s string) bool { return strings.HasPrefix(s, "file:") }) {
		return false, nil // it can be had again, and is not to be forgotten anyway
	}
	r.mu.Lock()
	info, err := r.infoLocked(ctx)
	r.mu.Unlock()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	same := func(o models.Entry) bool { return o.SHA256 == e.SHA256 && o.Name != e.Name }
	return err == nil && info.Model.SHA256 == e.SHA256 && !slices.ContainsFunc(r.store.Entries(), same), err
}
