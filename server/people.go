package server

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/curate"
	"faceid/recognize/rejection"
	"faceid/server/host"
)

// withGallery lets f work with the collection's gallery; one that is not there yet has nobody.
func (c *call) withGallery(f func(*recognize.Recognizer, gallery.Engine) error) error {
	return c.use(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if err != nil {
			return err
		}
		return f(r, e)
	})
}

// withPerson is withGallery with the person of the path.
func (c *call) withPerson(f func(*recognize.Recognizer, gallery.Engine, gallery.Person) error) error {
	id, err := c.id("person")
	if err != nil {
		return err
	}
	err = c.withGallery(func(r *recognize.Recognizer, e gallery.Engine) error {
		p, err := e.Person(c.ctx, id)
		if err != nil {
			return err
		}
		return f(r, e, p)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return gallery.ErrNoPerson
	}
	return err
}

// summary is what is said of a person's faces.
type summary struct {
	faces int
	cover int64 // the face to show; 0: no photo is kept
}

func (c *call) summary(e gallery.Engine, person int64) (s summary, err error) {
	best := float32(-1)
	for t, err := range e.Sources(c.ctx, person) {
		if err != nil {
			return summary{}, err
		}
		s.faces++
		if t.Quality.Frontal > best && c.h.HasPhoto(c.name, t) {
			s.cover, best = t.ID, t.Quality.Frontal
		}
	}
	return s, nil
}

type peopleJSON struct {
	People []personJSON `json:"people"`         // by ascending id
	Next   string       `json:"next,omitempty"` // cursor of the next page; missing: this is the last
}

func (c *call) listPeople() error {
	after, limit, err := c.page('p')
	if err != nil {
		return err
	}
	name, err := c.text("name")
	if err != nil {
		return err
	}
	out := peopleJSON{People: []personJSON{}}
	err = c.withGallery(func(_ *recognize.Recognizer, e gallery.Engine) error {
		all := gallery.PeopleAfter(c.ctx, e, after)
		if name != "" {
			found, err := e.Find(c.ctx, name)
			all = func(yield func(gallery.Person, error) bool) {
				if err != nil {
					yield(gallery.Person{}, err)
				}
				for _, p := range found {
					if !yield(p, nil) {
						return
					}
				}
			}
		}
		for p, err := range all {
			if err != nil {
				return err
			}
			if p.ID <= after || rejection.Is(p) { // an example of whom somebody is not is nobody
				continue
			}
			if len(out.People) == limit {
				out.Next = encodeCursor('p', out.People[limit-1].ID)
				break
			}
			out.People = append(out.People, personOf(p, summary{}))
		}
		for i := range out.People {
			has, err := c.summary(e, out.People[i].ID)
			if err != nil {
				return err
			}
			out.People[i].Faces, out.People[i].Cover = has.faces, has.cover
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return c.reply(200, out)
}

func (c *call) showPerson() error {
	return c.withPerson(func(_ *recognize.Recognizer, e gallery.Engine, p gallery.Person) error {
		has, err := c.summary(e, p.ID)
		if err != nil {
			return err
		}
		return c.reply(200, personOf(p, has))
	})
}

// changePerson sets name and metadata, those that are given.
func (c *call) changePerson() error {
	name, err := c.form.Text("name")
	if err != nil {
		return err
	}
	meta, err := c.form.Object("metadata")
	if err != nil {
		return err
	}
	return c.withPerson(func(_ *recognize.Recognizer, e gallery.Engine, p gallery.Person) error {
		was := ""
		if c.form.Has("name") && name != p.Name {
			others, err := e.Find(c.ctx, name)
			if err != nil {
				return err
			}
			if len(others) > 0 {
				return &host.Fault{Status: 409, Code: "name_taken", Message: "somebody has this name",
					Hint:    "if it is the same person: POST …/people/{id}/merge",
					Details: map[string]int64{"id": others[0].ID}}
			}
			was, p.Name = p.Name, name
		}
		if c.form.Has("metadata") {
			p.Metadata = meta
		}
		if err := e.Update(c.ctx, p); err != nil {
			return err
		}
		if was != "" {
			if err := rejection.Follow(c.ctx, e, was, p.Name); err != nil {
				return err
			}
		}
		host.Note(c.ctx, "change", c.name, []int64{p.ID}, nil)
		p, err := e.Person(c.ctx, p.ID)
		if err != nil {
			return err
		}
		has, err := c.summary(e, p.ID)
		if err != nil {
			return err
		}
		return c.reply(200, personOf(p, has))
	})
}

func (c *call) removePerson() error {
	return c.withPerson(func(r *recognize.Recognizer, _ gallery.Engine, p gallery.Person) error {
		receipt, err := c.h.RemovePeople(c.ctx, r, c.name, p.ID)
		if err != nil {
			return err
		}
		return c.reply(200, receipt)
	})
}

// ids are numbers in the body.
func (c *call) ids(name string) ([]int64, error) {
	var ids []int64
	if err := c.form.JSON(name, &ids); err != nil {
		return nil, err
	}
	if len(ids) == 0 || len(ids) > 10_000 {
		return nil, host.Bad("%s are 1 to 10,000 ids", name)
	}
	return ids, nil
}

func (c *call) removePeople() error {
	ids, err := c.ids("ids")
	if err != nil {
		return err
	}
	return c.withGallery(func(r *recognize.Recognizer, _ gallery.Engine) error {
		receipt, err := c.h.RemovePeople(c.ctx, r, c.name, ids...)
		if err != nil {
			return err
		}
		return c.reply(200, receipt)
	})
}

type mergedJSON struct {
	Person personJSON    `json:"person"`
	Moved  gallery.Moved `json:"moved"`
}

// merge makes one person of several: those of the body go into the one of the path.
func (c *call) merge() error {
	from, err := c.ids("from")
	if err != nil {
		return err
	}
	return c.withPerson(func(r *recognize.Recognizer, e gallery.Engine, p gallery.Person) error {
		if slices.Contains(from, p.ID) {
			return host.Bad("a person is not merged into itself")
		}
		var others []string
		for _, id := range from {
			others = append(others, fmt.Sprintf("#%d", id))
		}
		moved, err := curate.Merge(c.ctx, r, fmt.Sprintf("#%d", p.ID), others...)
		switch {
		case errors.Is(err, recognize.ErrExample):
			return host.Bad("%v", err)
		case err != nil && !errors.Is(err, gallery.ErrTraces):
			return err
		}
		host.Note(c.ctx, "merge", c.name, append([]int64{p.ID}, from...), nil)
		if p, err = e.Person(c.ctx, p.ID); err != nil {
			return err
		}
		has, err := c.summary(e, p.ID)
		if err != nil {
			return err
		}
		return c.reply(200, mergedJSON{personOf(p, has), moved.Moved})
	})
}
