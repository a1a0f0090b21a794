package server

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/server/host"
)

type enrolledJSON struct {
	Person   personJSON     `json:"person"`
	Created  bool           `json:"created"` // the person is new
	Faces    []enrolledFace `json:"faces"`
	Rejected []host.Reason  `json:"rejected_images"`
	Alike    []alikeJSON    `json:"alike"` // others whom the person looks like: perhaps one person twice
}

// alikeJSON is somebody else who looks like the person just enrolled.
type alikeJSON struct {
	matchJSON
	SamePhoto bool `json:"same_photo"`
}

type enrolledFace struct {
	ID        int64     `json:"id"`
	Index     int       `json:"index"` // of the image in the request, from 0
	Filename  string    `json:"filename"`
	Duplicate bool      `json:"duplicate"`      // it was enrolled before
	Face      *faceJSON `json:"face,omitempty"` // missing for a duplicate
}

// enrolPerson adds photos of the person with the name in the body, who is created if there is none.
func (c *call) enrolPerson() error {
	name, err := c.text("name")
	if err != nil {
		return err
	}
	if strings.TrimSpace(name) == "" {
		return host.Bad("name is needed: whose photos are they")
	}
	return c.enrol(host.Whom{Name: name})
}

// addFaces adds photos of the person of the path.
func (c *call) addFaces() error {
	id, err := c.id("person")
	if err != nil {
		return err
	}
	return c.enrol(host.Whom{ID: id})
}

func (c *call) enrol(whom host.Whom) error {
	photos, err := c.form.Photos(fields("images")...)
	if err != nil {
		return err
	}
	if len(photos) == 0 {
		return &host.Fault{Status: 400, Code: "photo_missing", Message: "at least one photo is needed, as images"}
	}
	o := recognize.EnrollOptions{}
	if o.Several, err = c.several(); err != nil {
		return err
	}
	if o.Unique, err = c.flag("unique"); err != nil {
		return err
	}
	if o.AnyQuality, err = c.flag("any_quality"); err != nil {
		return err
	}
	meta, err := c.form.Object("metadata")
	if err != nil {
		return err
	}
	if _, err := gallery.CompactMetadata(meta); err != nil { // before the work
		return err
	}
	return c.work(func(r *recognize.Recognizer) error {
		if whom.ID != 0 {
			e, err := r.Gallery(c.ctx)
			if err != nil {
				return gallery.ErrNoPerson
			}
			if _, err := e.Person(c.ctx, whom.ID); err != nil { // before the work
				return err
			}
		}
		done, err := c.h.EnrolPhotos(c.ctx, r, c.name, whom, photos, &o)
		if err != nil {
			return err
		}
		return c.enrolled(r, done, meta)
	})
}

func (c *call) enrolled(r *recognize.Recognizer, done *host.Enrolled, meta json.RawMessage) error {
	e, err := r.Gallery(c.ctx)
	if err != nil {
		return err
	}
	p := done.Person
	if meta != nil {
		p.Metadata = meta
		if err := e.Update(c.ctx, p); err != nil {
			return err
		}
	}
	has, err := c.summary(e, p.ID)
	if err != nil {
		return err
	}
	out := enrolledJSON{Person: personOf(p, has), Created: done.Created, Faces: []enrolledFace{},
		Rejected: host.Reasons(done.Rejected), Alike: []alikeJSON{}}
	for _, l := range done.Alike {
		out.Alike = append(out.Alike, alikeJSON{matchOf(l.Other), l.SamePhoto})
	}
	for _, f := range done.Faces {
		j := enrolledFace{ID: f.ID, Index: f.Index, Filename: f.Filename, Duplicate: f.Duplicate}
		if f.Face != nil {
			face := faceOf(*f.Face)
			j.Face = &face
		}
		out.Faces = append(out.Faces, j)
	}
	return c.reply(201, out)
}

type facesJSON struct {
	Faces []storedJSON `json:"faces"` // by ascending id
	Next  string       `json:"next,omitempty"`
}

func (c *call) listFaces() error {
	after, limit, err := c.page('f')
	if err != nil {
		return err
	}
	return c.withPerson(func(_ *recognize.Recognizer, e gallery.Engine, p gallery.Person) error {
		out := facesJSON{Faces: []storedJSON{}}
		for t, err := range e.Sources(c.ctx, p.ID) {
			if err != nil {
				return err
			}
			if t.ID <= after {
				continue
			}
			if len(out.Faces) == limit {
				out.Next = encodeCursor('f', out.Faces[limit-1].ID)
				break
			}
			out.Faces = append(out.Faces, c.storedOf(t))
		}
		return c.reply(200, out)
	})
}

// photoOf answers with the photo that a face was enrolled from, where it is kept, or with the face in it alone.
func (c *call) photoOf() error {
	id, err := c.id("face")
	if err != nil {
		return err
	}
	cover, err := c.flag("cover")
	if err != nil {
		return err
	}
	return c.work(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if err != nil {
			return gallery.ErrNoTemplate
		}
		t, _, err := host.FindFace(c.ctx, e, id)
		if err != nil {
			return err
		}
		var b []byte
		if cover {
			b, err = c.h.Cover(c.ctx, r, c.name, t)
		} else {
			b, err = c.h.Photo(c.name, t)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return &host.Fault{Status: 404, Code: "photo_not_kept", Message: "no photo of this face is kept",
				Hint: "faceid serve --keep-photos keeps those of faces that are enrolled from then on"}
		}
		if err != nil {
			return err
		}
		host.ReplyPhoto(c.w, b)
		return nil
	})
}

func (c *call) removeFace() error {
	id, err := c.id("face")
	if err != nil {
		return err
	}
	return c.remove(id)
}

func (c *call) removeFaces() error {
	ids, err := c.ids("ids")
	if err != nil {
		return err
	}
	return c.remove(ids...)
}

func (c *call) remove(ids ...int64) error {
	return c.withGallery(func(r *recognize.Recognizer, _ gallery.Engine) error {
		receipt, err := c.h.RemoveFaces(c.ctx, r, c.name, ids...)
		if err != nil {
			return err
		}
		return c.reply(200, receipt)
	})
}

// moveFace gives a face to another person: the body's "to".
func (c *call) moveFace() error {
	id, err := c.id("face")
	if err != nil {
		return err
	}
	var to int64
	if err := c.form.JSON("to", &to); err != nil {
		return err
	}
	if to < 1 {
		return host.Bad("to is the id of the person who gets the face")
	}
	return c.withGallery(func(r *recognize.Recognizer, e gallery.Engine) error {
		moved, err := e.Move(c.ctx, []int64{id}, to)
		if err != nil && !errors.Is(err, gallery.ErrTraces) {
			return err
		}
		host.Note(c.ctx, "move", c.name, []int64{to}, []int64{id})
		if err := r.Recalibrate(c.ctx); err != nil {
			return err
		}
		return c.reply(200, moved)
	})
}
