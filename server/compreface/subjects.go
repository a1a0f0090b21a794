package compreface

import (
	"errors"
	"io/fs"
	"strings"
	"unicode/utf8"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/rejection"
	"faceid/server/host"
)

// checkSubject refuses what CompreFace takes for no subject's name.
func checkSubject(s string) error {
	if n := utf8.RuneCountInString(s); n < 1 || n > 50 || strings.ContainsAny(s, `;/\`) ||
		gallery.CheckName(s) != nil {
		return coded(400, 26, `Subject must be 1 to 50 characters without ; / \`)
	}
	return nil
}

func noSubject(s string) error { return coded(404, 42, "Subject "+s+" not found") }

// withGallery lets f work with the gallery; none says what holds where there is none yet.
func (c *call) withGallery(none error, f func(*recognize.Recognizer, gallery.Engine) error) error {
	return c.use(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return none
		}
		if err != nil {
			return err
		}
		return f(r, e)
	})
}

// ids are of the people with a name: one, or several that other doors made.
func (c *call) ids(e gallery.Engine, subject string) ([]int64, error) {
	people, err := e.Find(c.ctx, subject)
	ids := make([]int64, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	if err == nil && len(ids) == 0 {
		err = noSubject(subject)
	}
	return ids, err
}

func (c *call) listSubjects() error {
	names, seen := []string{}, map[string]bool{}
	err := c.withGallery(nil, func(_ *recognize.Recognizer, e gallery.Engine) error {
		for p, err := range e.People(c.ctx) {
			if err != nil {
				return err
			}
			if !seen[p.Name] && !rejection.Is(p) {
				seen[p.Name], names = true, append(names, p.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.reply(200, map[string][]string{"subjects": names})
}

// subject is the name in a body.
func (c *call) subject() (string, error) {
	s, err := c.form.Text("subject")
	if err != nil {
		return "", err
	}
	s = strings.TrimSpace(s)
	return s, checkSubject(s)
}

func (c *call) addSubject() error {
	s, err := c.subject()
	if err != nil {
		return err
	}
	err = c.use(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		e, err := r.GalleryFor(c.ctx, p.Model())
		if err != nil {
			return err
		}
		made, err := e.Enrol(c.ctx, []gallery.Enrolment{{Name: s}}, &gallery.EnrolOptions{UniqueName: true})
		if err == nil {
			host.Note(c.ctx, "enrol", c.name, []int64{made[0].PersonID}, nil)
		}
		return err
	})
	if errors.Is(err, gallery.ErrNameTaken) {
		return coded(400, 43, "Subject already exists")
	}
	if err != nil {
		return err
	}
	return c.reply(201, map[string]string{"subject": s})
}

// renameSubject gives another name; where somebody has it, the two become one.
func (c *call) renameSubject() error {
	old := c.r.PathValue("subject")
	s, err := c.subject()
	if err != nil {
		return err
	}
	err = c.withGallery(noSubject(old), func(r *recognize.Recognizer, e gallery.Engine) error {
		from, err := c.ids(e, old)
		if err != nil || s == old {
			return err
		}
		into, err := e.Find(c.ctx, s)
		if err != nil {
			return err
		}
		if len(into) == 0 {
			p, err := e.Person(c.ctx, from[0])
			if err != nil {
				return err
			}
			p.Name = s
			if err := e.Update(c.ctx, p); err != nil {
				return err
			}
			host.Note(c.ctx, "change", c.name, []int64{p.ID}, nil)
			into, from = []gallery.Person{p}, from[1:]
		}
		if len(from) == 0 {
			return rejection.Follow(c.ctx, e, old, s)
		}
		if _, err := e.Merge(c.ctx, into[0].ID, from...); err != nil && !errors.Is(err, gallery.ErrTraces) {
			return err
		}
		host.Note(c.ctx, "merge", c.name, append([]int64{into[0].ID}, from...), nil)
		if err := rejection.Follow(c.ctx, e, old, s); err != nil {
			return err
		}
		return r.Recalibrate(c.ctx)
	})
	if err != nil {
		return err
	}
	return c.reply(200, map[string]bool{"updated": true})
}

func (c *call) removeSubject() error {
	s := c.r.PathValue("subject")
	err := c.withGallery(noSubject(s), func(r *recognize.Recognizer, e gallery.Engine) error {
		ids, err := c.ids(e, s)
		if err != nil {
			return err
		}
		_, err = c.h.RemovePeople(c.ctx, r, c.name, ids...)
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(200, map[string]string{"subject": s})
}

func (c *call) removeSubjects() error {
	n := 0
	err := c.withGallery(nil, func(r *recognize.Recognizer, e gallery.Engine) error {
		var ids []int64
		for p, err := range e.People(c.ctx) {
			if err != nil {
				return err
			}
			ids = append(ids, p.ID)
		}
		if n = len(ids); n == 0 {
			return nil
		}
		_, err := c.h.RemovePeople(c.ctx, r, c.name, ids...)
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(200, map[string]int{"deleted": n})
}
