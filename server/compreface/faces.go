package compreface

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strconv"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/rejection"
	"faceid/server/host"
)

type imageJSON struct {
	ID      string `json:"image_id"`
	Subject string `json:"subject"`
}

func (c *call) uuid(id int64) string { return host.FaceUUID(c.name, id) }

// noImage is the error for an id that no face has.
func noImage(id string) error { return coded(404, 44, "Image "+id+" not found") }

// count is a whole number of the query in [least, most].
func (c *call) count(name string, v, least, most int) (int, error) {
	s := c.q.Get(name)
	if s == "" {
		return v, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, coded(400, 26, name+" is out of range")
	}
	return n, nil
}

func (c *call) listFaces() error {
	page, err := c.count("page", 0, 0, 1e9)
	if err != nil {
		return err
	}
	size, err := c.count("size", 20, 1, 1000)
	if err != nil {
		return err
	}
	list, total := []imageJSON{}, 0
	err = c.withGallery(nil, func(_ *recognize.Recognizer, e gallery.Engine) error {
		people := e.People(c.ctx)
		if s := c.q.Get("subject"); s != "" {
			found, err := e.Find(c.ctx, s)
			if err != nil {
				return err
			}
			people = func(yield func(gallery.Person, error) bool) {
				for _, p := range found {
					if !yield(p, nil) {
						return
					}
				}
			}
		}
		names := map[int64]string{}
		var ids []int64
		for p, err := range people {
			if err != nil {
				return err
			}
			if !rejection.Is(p) {
				names[p.ID], ids = p.Name, append(ids, p.ID)
			}
		}
		if len(ids) > 1 {
			ids = []int64{0} // everybody, in one go
		}
		for _, id := range ids {
			for t, err := range e.Sources(c.ctx, id) {
				if err != nil {
					return err
				}
				name, ok := names[t.PersonID]
				if !ok {
					continue
				}
				if total >= page*size && len(list) < size {
					list = append(list, imageJSON{c.uuid(t.ID), name})
				}
				total++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.reply(200, struct {
		Faces []imageJSON `json:"faces"`
		Page  int         `json:"page_number"`
		Size  int         `json:"page_size"`
		Pages int         `json:"total_pages"`
		Total int         `json:"total_elements"`
	}{list, page, size, (total + size - 1) / size, total})
}

// addFace enrols a photo of one face. A face that is too poor to tell is none.
func (c *call) addFace() error {
	s := c.q.Get("subject")
	if s == "" {
		return coded(400, 33, "Missing parameter: subject")
	}
	if err := checkSubject(s); err != nil {
		return err
	}
	u, err := c.file("file")
	if err != nil {
		return err
	}
	w, err := c.wish()
	if err != nil {
		return err
	}
	var done *host.Enrolled
	err = c.work(func(r *recognize.Recognizer) (err error) {
		if err := c.sureOfAFace(r, u, w); err != nil {
			return err
		}
		one := &recognize.EnrollOptions{Several: recognize.SeveralRefuse}
		done, err = c.h.EnrolPhotos(c.ctx, r, c.name, host.Whom{Name: s}, []host.Upload{u}, one)
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(201, imageJSON{c.uuid(done.Faces[0].ID), done.Person.Name})
}

// sureOfAFace refuses a photo none of whose faces is as sure to be one as the client wants.
func (c *call) sureOfAFace(r *recognize.Recognizer, u host.Upload, w wish) error {
	if w.least == 0 {
		return nil
	}
	p, err := r.Pipeline(c.ctx)
	if err != nil {
		return err
	}
	photo, err := c.photo(p, u)
	if err == nil && len(w.faces(photo)) == 0 {
		err = recognize.ErrNoFace
	}
	return err
}

// removeFaces deletes a subject's faces, or all.
func (c *call) removeFaces() error {
	s := c.q.Get("subject")
	if s == "" {
		if err := host.Sender(c.ctx).May(host.Admin, ""); err != nil {
			return err
		}
	}
	n := 0
	err := c.withGallery(nil, func(r *recognize.Recognizer, e gallery.Engine) error {
		people := []gallery.Person{{}} // everybody
		if s != "" {
			var err error
			if people, err = e.Find(c.ctx, s); err != nil {
				return err
			}
		}
		var ids []int64
		for _, p := range people {
			for t, err := range e.Sources(c.ctx, p.ID) {
				if err != nil {
					return err
				}
				ids = append(ids, t.ID)
			}
		}
		if n = len(ids); n == 0 {
			return nil
		}
		_, err := c.h.RemoveFaces(c.ctx, r, c.name, ids...)
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(200, map[string]int{"deleted": n})
}

// removed deletes the faces of these ids and tells whose they were; unknown ones are left out.
func (c *call) removed(ids []string) ([]imageJSON, error) {
	out := []imageJSON{}
	err := c.withGallery(nil, func(r *recognize.Recognizer, e gallery.Engine) error {
		want := map[int64]bool{}
		for _, s := range ids {
			if id, ok := host.ParseFaceUUID(c.name, s); ok {
				want[id] = true
			}
		}
		var there []int64
		for t, err := range e.Sources(c.ctx, 0) {
			if err != nil {
				return err
			}
			if !want[t.ID] {
				continue
			}
			p, err := e.Person(c.ctx, t.PersonID)
			if err != nil {
				return err
			}
			there, out = append(there, t.ID), append(out, imageJSON{c.uuid(t.ID), p.Name})
		}
		if len(there) == 0 {
			return nil
		}
		_, err := c.h.RemoveFaces(c.ctx, r, c.name, there...)
		return err
	})
	return out, err
}

func (c *call) removeFace() error {
	id := c.r.PathValue("id")
	gone, err := c.removed([]string{id})
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		return noImage(id)
	}
	return c.reply(200, gone[0])
}

func (c *call) removeListed() error {
	var ids []string
	if err := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, 1<<20)).Decode(&ids); err != nil {
		return coded(400, 26, "The body is an array of image ids")
	}
	gone, err := c.removed(ids)
	if err != nil {
		return err
	}
	return c.reply(200, gone)
}

// picture answers with the photo that a face was enrolled from, with nothing where it is not kept. CompreFace lets
// anybody on the way keep it for a year; here nobody may, since a face that is deleted is to be gone.
func (c *call) picture() error {
	var photo []byte
	err := c.use(func(r *recognize.Recognizer) error {
		t, _, err := c.face(r)
		if err != nil {
			return err
		}
		photo, err = c.h.Photo(c.name, t)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return err
	})
	if err != nil {
		return err
	}
	host.ReplyPhoto(c.w, photo)
	return nil
}
