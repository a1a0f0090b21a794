package weaviate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"faceid/gallery"
	"faceid/gallery/weaviate/rest"
	"faceid/internal/hint"
)

// Gallery is a gallery on a cluster.
type Gallery struct {
	c     Config
	hosts *hosts
	ids   *ids
	model gallery.Model

	people, templates, meta string // classes

	change  sync.RWMutex // Update and Remove exclude everything that changes; Enrol excludes them
	working locks        // names and people that an Enrol of this process is working on
	closed  atomic.Bool
}

var (
	_ gallery.Engine   = (*Gallery)(nil)
	_ gallery.Repairer = (*Gallery)(nil)
)

// Options tune Open; nil means the zero value.
type Options struct {
	// Model is the contract of the templates that the caller makes. An existing gallery is refused with
	// gallery.ErrModel if its SHA256, Dim or Views differ. Nil: whatever is there.
	Model *gallery.Model
	// Create makes the collection if it does not exist, for Model.
	Create bool
}

// format is the version of what the objects mean.
const format = 1

// metaID is the UUID of the one object that describes the gallery.
const metaID = "00000000-0000-0000-0000-000000000001"

// Open opens the gallery of a URL; see ParseURL. It returns ErrNoGallery, ErrReplicas, gallery.ErrModel,
// gallery.ErrNotGallery, ErrUnavailable or ErrRefused. Nothing is kept running: Close only ends the Gallery's use.
func Open(ctx context.Context, url string, o *Options) (*Gallery, error) {
	c, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	return OpenConfig(ctx, c, o)
}

// OpenConfig is Open for a Config.
func OpenConfig(ctx context.Context, c Config, o *Options) (*Gallery, error) {
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("weaviate: %w", err)
	}
	if o == nil {
		o = &Options{}
	}
	g := &Gallery{
		c: c, hosts: newHosts(c), ids: newIDs(),
		people: c.Collection + "Person", templates: c.Collection + "Template", meta: c.Collection + "Gallery",
	}
	err := g.load(ctx, o.Model)
	if errors.Is(err, ErrNoGallery) && o.Create {
		if o.Model == nil || o.Model.Dim < 1 || o.Model.Dim > gallery.MaxDim {
			return nil, fmt.Errorf("weaviate: create %s: no model, or one without a dimension", c.Collection)
		}
		if err := o.Model.CheckText(); err != nil {
			return nil, fmt.Errorf("weaviate: create %s: %w", c.Collection, err)
		}
		err = g.create(ctx, *o.Model)
		// A busy node may learn of a class after a majority has it, and says until then that there is none.
		for until := time.Now().Add(g.c.Retry); err == nil; time.Sleep(50 * time.Millisecond) {
			err = g.load(ctx, o.Model)
			if !errors.Is(err, ErrNoGallery) || time.Now().After(until) || ctx.Err() != nil {
				break
			}
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return g, nil
}

// load reads the gallery's description and compares the model with want.
func (g *Gallery) load(ctx context.Context, want *gallery.Model) error {
	n, err := g.replicas(ctx, g.meta)
	if err != nil {
		return fmt.Errorf("weaviate: open %s: %w", g.c.Collection, err)
	}
	var o *object
	if n > 0 {
		if o, err = g.get(ctx, g.meta, metaID); err != nil {
			return fmt.Errorf("weaviate: open %s: %w", g.c.Collection, err)
		}
	}
	if o == nil {
		return hint.With(fmt.Errorf("%w: collection %s", ErrNoGallery, g.c.Collection),
			"enrol somebody first, or look for another collection's name in the URL")
	}
	p := properties(o)
	if v := p.text("format"); v != fmt.Sprint(format) {
		return hint.With(fmt.Errorf("%w: collection %s has format %.20q, this program knows %d", gallery.ErrNotGallery,
			g.c.Collection, v, format),
			"use a newer faceid")
	}
	if err := json.Unmarshal([]byte(p.text("model")), &g.model); err != nil || g.model.Dim < 1 {
		return fmt.Errorf("%w: collection %s: its model cannot be read: %v", gallery.ErrNotGallery, g.c.Collection, err)
	}
	if want != nil {
		if err := g.model.Check(*want); err != nil {
			return fmt.Errorf("weaviate: open %s: %w", g.c.Collection, err)
		}
	}
	for _, class := range []string{g.people, g.templates} {
		// of two that created at once with other numbers each may have made one
		m, err := g.replicas(ctx, class)
		if err != nil {
			return fmt.Errorf("weaviate: open %s: %w", g.c.Collection, err)
		}
		n = max(n, m)
	}
	if g.c.Replicas != 0 && g.c.Replicas != n {
		return hint.With(fmt.Errorf("%w: collection %s has %d, not %d", ErrReplicas, g.c.Collection, n, g.c.Replicas),
			"leave replicas out of the URL, or copy the gallery into a new collection with that many")
	}
	g.c.Replicas = n // a majority of these is asked, whatever the URL left out
	return nil
}

// replicas returns how many copies a class keeps; 0: there is no such class.
func (g *Gallery) replicas(ctx context.Context, class string) (int, error) {
	return once(ctx, g.hosts, func(ctx context.Context, h *host) (int, error) { return classReplicas(ctx, h, class) })
}

// classReplicas is replicas by one host.
func classReplicas(ctx context.Context, h *host, class string) (int, error) {
	c, err := h.GetClass(ctx, class)
	switch {
	case c == nil || err != nil:
		return 0, classify(err)
	case c.ReplicationConfig == nil:
		return 1, nil
	}
	return max(1, c.ReplicationConfig.Factor), nil
}

// create makes the classes and, last, the object that says that they are a gallery.
func (g *Gallery) create(ctx context.Context, m gallery.Model) error {
	for _, class := range g.classes() {
		_, err := once(ctx, g.hosts, func(ctx context.Context, h *host) (struct{}, error) {
			n, err := classReplicas(ctx, h, class.Class)
			if err == nil && n == 0 {
				err = h.CreateClass(ctx, class)
			}
			return struct{}{}, classify(err) // of two that create at once, one finds it there at the next try
		})
		if err != nil {
			return fmt.Errorf("weaviate: create %s: %w", class.Class, err)
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	err = g.put(ctx, []*object{{Class: g.meta, ID: metaID, Properties: map[string]any{
		"model": string(text), "format": fmt.Sprint(format), "created": time.Now().UTC().Format(time.RFC3339Nano),
	}}})
	if err != nil {
		return fmt.Errorf("weaviate: create %s: %w", g.c.Collection, err)
	}
	return nil
}

// Drop deletes the collection with everybody in it. There is no way back.
func Drop(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return fmt.Errorf("weaviate: %w", err)
	}
	h := newHosts(c)
	for _, class := range []string{"Gallery", "Person", "Template"} {
		_, err := once(ctx, h, func(ctx context.Context, h *host) (struct{}, error) {
			return struct{}{}, classify(h.DeleteClass(ctx, c.Collection+class))
		})
		if err != nil {
			return fmt.Errorf("weaviate: drop %s: %w", c.Collection, err)
		}
	}
	return nil
}

// classes are the schema: people and templates are apart, so that an update of a person does not touch the index.
func (g *Gallery) classes() []*rest.Class {
	key := func(name string) rest.Property { // to filter by, as it is
		return rest.Property{Name: name, DataType: []string{"text"}, Tokenization: "field", IndexFilterable: true}
	}
	text := func(name string) rest.Property { return rest.Property{Name: name, DataType: []string{"text"}} } // to keep
	of := func(name string, index string, config map[string]any, p ...rest.Property) *rest.Class {
		return &rest.Class{
			Class: name, Properties: p, Vectorizer: "none", VectorIndexType: index, VectorIndexConfig: config,
			// One shard: each replica holds everything and answers from its own disk.
			ShardingConfig: map[string]any{"desiredCount": 1},
			ReplicationConfig: &rest.Replication{Factor: max(1, g.c.Replicas), AsyncEnabled: g.c.Replicas > 1,
				DeletionStrategy: "TimeBasedResolution"},
		}
	}
	// The dot product of unit vectors is their cosine; with "cosine" the database would normalise them again and
	// give back others than it got. The parameters are for recall rather than speed of enrolment: a person missed is
	// worse than a millisecond.
	vectors := map[string]any{"distance": "dot"}
	if g.c.Index == "hnsw" {
		vectors["efConstruction"], vectors["maxConnections"], vectors["ef"] = 256, 32, 256
	}
	return []*rest.Class{
		of(g.people, "hnsw", map[string]any{"skip": true}, key("person"), key("nameKey"),
			text("name"), text("metadata"),
			text("created"), text("updated"), text("rev"), text("removed")),
		of(g.templates, g.c.Index, vectors, key("person"), text("template"), text("data")),
		of(g.meta, "hnsw", map[string]any{"skip": true}, text("model"), text("format"), text("created")),
	}
}

// Info returns the model and the counts. Exact is false for both kinds of index. Templates that an interrupted Enrol
// could not take back are counted.
func (g *Gallery) Info(ctx context.Context) (gallery.Info, error) {
	i := gallery.Info{Engine: "weaviate", Model: g.model}
	if err := g.ready(ctx); err != nil {
		return i, err
	}
	var err error
	if i.People, err = g.count(ctx, g.people); err != nil {
		return i, fmt.Errorf("weaviate: count people: %w", err)
	}
	if i.Templates, err = g.count(ctx, g.templates); err != nil {
		return i, fmt.Errorf("weaviate: count templates: %w", err)
	}
	return i, nil
}

// ready returns why no operation can begin.
func (g *Gallery) ready(ctx context.Context) error {
	if g.closed.Load() {
		return gallery.ErrClosed
	}
	return ctx.Err()
}

// Close ends the use of the gallery; a second call does nothing. It does not wait for operations under way.
func (g *Gallery) Close() error {
	g.closed.Store(true)
	return nil
}
