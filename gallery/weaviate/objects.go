package weaviate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"faceid/gallery"
	"faceid/gallery/weaviate/rest"
	"faceid/internal/f32"
)

// person is a person's object.
type person struct {
	gallery.Person
	rev     int64 // of two versions the higher holds: nanoseconds since 1970
	removed bool  // being removed: invisible
}

// nameKey is what a name is looked up by: the database trims what it filters by.
func nameKey(name string) string {
	h := sha256.Sum256([]byte(name))
	return hex.EncodeToString(h[:])
}

func (g *Gallery) personObject(p person) *object {
	props := map[string]any{
		"person": idText(p.ID), "nameKey": nameKey(p.Name), "name": p.Name, "rev": idText(p.rev),
		"created": p.Created.UTC().Format(time.RFC3339Nano), "updated": p.Updated.UTC().Format(time.RFC3339Nano),
	}
	if p.Metadata != nil {
		props["metadata"] = string(p.Metadata)
	}
	if p.removed { // nothing of the person but the id
		props = map[string]any{"person": idText(p.ID), "rev": idText(p.rev), "removed": "yes"}
	}
	return &object{Class: g.people, ID: personUUID(p.ID), Properties: props}
}

// object is as the database has it.
type object = rest.Object

// props are an object's properties, all of them text.
type props map[string]any

func properties(o *object) props { return o.Properties }

func (p props) text(name string) string {
	s, _ := p[name].(string)
	return s
}

func readPerson(p props) (person, error) {
	id, err := parseID(p.text("person"))
	if err != nil {
		return person{}, err
	}
	rev, err := parseID(p.text("rev"))
	if err != nil {
		return person{}, err
	}
	out := person{Person: gallery.Person{ID: id, Name: p.text("name")}, rev: rev, removed: p.text("removed") != ""}
	if m := p.text("metadata"); m != "" {
		out.Metadata = json.RawMessage(m)
	}
	out.Created, _ = time.Parse(time.RFC3339Nano, p.text("created")) // asked for by some readers only
	out.Updated, _ = time.Parse(time.RFC3339Nano, p.text("updated"))
	return out, nil
}

// templateData is what the database only keeps.
type templateData struct {
	Trunk   []byte          `json:"trunk,omitempty"` // little-endian float32
	Quality gallery.Quality `json:"quality"`
	Source  gallery.Source  `json:"source"`
	Created time.Time       `json:"created"`
}

// templateObject makes the object of a normalised template.
func (g *Gallery) templateObject(t *gallery.Template) (*object, error) {
	d := templateData{Quality: t.Quality, Source: t.Source, Created: t.Created}
	if t.Trunk != nil {
		d.Trunk = f32.Append([]byte{}, t.Trunk)
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return &object{
		Class: g.templates, ID: templateUUID(t.PersonID, t), Vector: t.Embedding,
		// The text is JSON in JSON: in base64 nothing in it can be taken for anything.
		Properties: map[string]any{"person": idText(t.PersonID), "template": idText(t.ID),
			"data": base64.StdEncoding.EncodeToString(text)},
	}, nil
}

// readTemplate reads a listed template, without its vectors if they are not wanted.
func readTemplate(o *object, vectors bool) (gallery.Template, error) {
	p := properties(o)
	var t gallery.Template
	var err error
	if t.PersonID, err = parseID(p.text("person")); err != nil {
		return t, err
	}
	if t.ID, err = parseID(p.text("template")); err != nil {
		return t, err
	}
	text, err := base64.StdEncoding.DecodeString(p.text("data"))
	var d templateData
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&d)
	}
	if err != nil || len(d.Trunk)%4 != 0 {
		return t, fmt.Errorf("%w: template %s: %v", gallery.ErrDamaged, o.ID, err)
	}
	t.Quality, t.Source, t.Created = d.Quality, d.Source, d.Created
	if !vectors {
		return t, nil
	}
	t.Embedding = o.Vector
	if d.Trunk != nil {
		t.Trunk = make([]float32, len(d.Trunk)/4)
		f32.Read(t.Trunk, d.Trunk)
	}
	return t, nil
}

const (
	batchObjects = 100     // objects of one request, which a busy node must index within Config.Timeout
	batchBytes   = 4 << 20 // about, of one request
	parallel     = 4       // requests at once
)

// put writes objects at the consistency level, over those that are there. Doing it twice is doing it once, so a
// batch is sent again until it was taken as a whole.
func (g *Gallery) put(ctx context.Context, objects []*object) error {
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(parallel)
	for len(objects) > 0 {
		n, size := 0, 0
		for n < len(objects) && n < batchObjects && (n == 0 || size < batchBytes) {
			o := objects[n]
			size += 12 * len(o.Vector)
			for _, v := range properties(o) {
				if s, ok := v.(string); ok {
					size += len(s)
				}
			}
			n++
		}
		chunk := objects[:n]
		objects = objects[n:]
		eg.Go(func() error {
			_, err := once(ctx, g.hosts, func(ctx context.Context, h *host) (struct{}, error) {
				return struct{}{}, classify(h.PutObjects(ctx, chunk, g.c.Consistency))
			})
			return err
		})
	}
	return eg.Wait()
}

// remove deletes objects at the consistency level; those that are not there are not an error.
func (g *Gallery) remove(ctx context.Context, class string, uuids []string) error {
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(2 * parallel)
	for _, id := range uuids {
		eg.Go(func() error {
			_, err := once(ctx, g.hosts, func(ctx context.Context, h *host) (struct{}, error) {
				return struct{}{}, classify(h.DeleteObject(ctx, class, id, g.c.Consistency))
			})
			return err
		})
	}
	return eg.Wait()
}

// get reads one object from as many replicas as a read needs, the newest version; nil if there is none.
func (g *Gallery) get(ctx context.Context, class, id string) (*object, error) {
	level := "ONE"
	if g.c.Consistency == "QUORUM" {
		level = "QUORUM"
	}
	return g.getAt(ctx, class, id, level)
}

// getAt is get from as many replicas as the level says, with the vector. The database mends those of them that have
// another version.
func (g *Gallery) getAt(ctx context.Context, class, id, level string) (*object, error) {
	return once(ctx, g.hosts, func(ctx context.Context, h *host) (*object, error) {
		o, err := h.GetObject(ctx, class, id, level)
		return o, classify(err)
	})
}
