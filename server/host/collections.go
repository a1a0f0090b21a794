package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/recognize"
	"faceid/recognize/places"
)

// ending is that of a collection's file.
const ending = ".db"

// nameOK is what a collection may be called: a file's name on any system, and no hidden one.
var nameOK = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_.\-]{0,199}$`)

// collection is an open gallery. Those that use it hold users for reading; who removes it, for writing.
type collection struct {
	r     *recognize.Recognizer
	users sync.RWMutex
	gone  bool
}

func noCollection(name string) *Fault {
	return Missing("collection_not_found", "there is no collection %q", name)
}

// Use lets f work with a collection, which stays while it does. It returns a Fault of status 404 for one that is not
// there. The default collection is always there; its gallery may not be yet.
func (h *Host) Use(ctx context.Context, name string, f func(*recognize.Recognizer) error) error {
	c, err := h.open(ctx, name)
	if err != nil {
		return err
	}
	c.users.RLock()
	defer c.users.RUnlock()
	if c.gone {
		return noCollection(name)
	}
	return f(c.r)
}

func (h *Host) open(ctx context.Context, name string) (*collection, error) {
	if !nameOK.MatchString(name) || name != Default && h.o.Data == "" {
		return nil, noCollection(name)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.collections[name]; c != nil {
		return c, nil
	}
	if name != Default {
		if fi, err := os.Lstat(h.file(name)); err != nil || !fi.Mode().IsRegular() {
			return nil, noCollection(name)
		}
	}
	o := h.o.Recognize
	o.Gallery = h.file(name)
	r, err := recognize.Open(ctx, &o)
	if err != nil {
		return nil, err
	}
	c := &collection{r: r}
	h.collections[name] = c
	return c, nil
}

// Collections are the names of those that are there, sorted, the default one among them.
func (h *Host) Collections() ([]string, error) {
	names := []string{Default}
	if h.o.Data == "" {
		return names, nil
	}
	list, err := os.ReadDir(h.o.Data)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		name, ok := strings.CutSuffix(f.Name(), ending)
		if ok && f.Type().IsRegular() && nameOK.MatchString(name) && name != Default {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Create makes an empty collection of the model that photos are embedded with.
func (h *Host) Create(ctx context.Context, name string) error {
	switch {
	case h.o.Data == "":
		return &Fault{Status: 409, Code: "no_data_folder", Message: "this server has one collection, " + Default,
			Hint: "faceid serve --data FOLDER keeps others"}
	case !nameOK.MatchString(name):
		return &Fault{Status: 400, Code: "bad_name", Message: fmt.Sprintf("%q cannot be a collection's name", name),
			Hint: "up to 200 of a-z, A-Z, 0-9, '_', '.' and '-'; not '.' or '-' first"}
	}
	exists := &Fault{
		Status:  409,
		Code:    "collection_exists",
		Message: fmt.Sprintf("there is a collection %q already", name),
	}
	if name == Default {
		return exists
	}
	o := h.o.Recognize
	r, err := recognize.Open(ctx, &o)
	if err != nil {
		return err
	}
	defer r.Close()
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := os.Lstat(h.file(name)); !errors.Is(err, fs.ErrNotExist) || h.collections[name] != nil {
		return exists
	}
	m := p.Model()
	e, err := r.OpenEngine(ctx, h.file(name), &m)
	if err != nil {
		return err
	}
	if err := e.Close(); err != nil { // not left to a Recognizer, which would take an empty gallery away again
		return err
	}
	Note(ctx, "create", name, nil, nil)
	return nil
}

// Drop removes a collection with its files, once nobody uses it any more.
func (h *Host) Drop(ctx context.Context, name string) (Receipt, error) {
	if name == Default {
		return Receipt{}, &Fault{Status: 409, Code: "default_collection", Message: "the default collection stays",
			Hint: "remove its people, or its file when no server runs"}
	}
	c, err := h.open(ctx, name)
	if err != nil {
		return Receipt{}, err
	}
	c.users.Lock()
	defer c.users.Unlock()
	if c.gone {
		return Receipt{}, noCollection(name)
	}
	receipt := Receipt{Collection: name, Removed: Counts{Collections: 1}}
	e, err := c.r.Gallery(ctx)
	if err != nil {
		return Receipt{}, err
	}
	var info gallery.Info
	if info, err = e.Info(ctx); err != nil {
		return Receipt{}, err
	}
	receipt.Removed.People, receipt.Removed.Faces = info.People, info.Templates
	if err := c.r.Close(); err != nil {
		return Receipt{}, err
	}
	c.gone = true
	if receipt.Removed.Photos, err = h.photos(name).Drop(); err != nil { // first: none outlives the collection
		return Receipt{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.collections, name)
	for _, f := range places.GalleryFiles(h.file(name)) {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Receipt{}, err
		}
	}
	if err := atomicfile.SyncDir(h.o.Data); err != nil {
		return Receipt{}, err
	}
	Note(ctx, "drop", name, nil, nil)
	return receipt.Seal()
}
