package rekognition

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/server/host"
)

type userJSON struct {
	ID     string `json:"UserId"`
	Status string `json:"UserStatus"`
}

func noUser(id string) error {
	return exception("ResourceNotFoundException", "there is no user "+id)
}

// user finds a user by id.
func (c *call) user(e gallery.Engine, id string) (gallery.Person, error) {
	found, err := e.Find(c.ctx, id)
	for _, p := range found {
		if isUser(p) {
			return p, err
		}
	}
	if err == nil {
		err = noUser(id)
	}
	return gallery.Person{}, err
}

// userMeta is what a user that was made here has for metadata.
type userMeta struct {
	Token string `json:"rekognition_token,omitempty"`
}

// createUser makes a user without faces; the same request again, by its token, does nothing.
func (c *call) createUser() (any, error) {
	if !validID(c.in.UserID, 128) {
		return nil, invalid("UserId has 1 to 128 of a-z, A-Z, 0-9, '_', '.', '-' and ':'")
	}
	if len(c.in.Token) > 64 {
		return nil, invalid("ClientRequestToken has 1 to 64 characters")
	}
	return struct{}{}, c.use(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		e, err := r.GalleryFor(c.ctx, p.Model())
		if err != nil {
			return err
		}
		switch u, err := c.user(e, c.in.UserID); {
		case err == nil:
			var meta userMeta
			if json.Unmarshal(u.Metadata, &meta) == nil && meta.Token != "" && meta.Token == c.in.Token {
				return nil
			}
			return exception("ConflictException", "there is a user "+c.in.UserID+" already")
		case !errors.As(err, new(*awsError)):
			return err
		}
		meta, err := json.Marshal(userMeta{c.in.Token})
		if err != nil {
			return err
		}
		user := gallery.Enrolment{Name: c.in.UserID, Metadata: meta}
		d, err := e.Enrol(c.ctx, []gallery.Enrolment{user}, &gallery.EnrolOptions{NewPeople: true})
		if err == nil {
			host.Note(c.ctx, "enrol", c.in.CollectionID, []int64{d[0].PersonID}, nil)
		}
		return err
	})
}

// deleteUser removes a user; its faces stay in the collection.
func (c *call) deleteUser() (any, error) {
	found := false
	err := c.withGallery(func(r *recognize.Recognizer, e gallery.Engine) error {
		u, err := c.user(e, c.in.UserID)
		if err != nil {
			return err
		}
		found = true
		for t, err := range e.Sources(c.ctx, u.ID) {
			if err != nil {
				return err
			}
			if err := c.release(e, t, u); err != nil {
				return err
			}
		}
		if err := e.Remove(c.ctx, u.ID); err != nil && !errors.Is(err, gallery.ErrTraces) {
			return err
		}
		host.Note(c.ctx, "remove", c.in.CollectionID, []int64{u.ID}, nil)
		return r.Recalibrate(c.ctx)
	})
	if err == nil && !found {
		err = noUser(c.in.UserID)
	}
	return struct{}{}, err
}

// release gives a user's face to the holder of its external id, made if there is none.
func (c *call) release(e gallery.Engine, t gallery.Template, u gallery.Person) error {
	name, _, _ := sourceOf(t, u)
	if name == "" {
		name = fmt.Sprintf("unnamed %d", t.ID)
	}
	to, err := c.holderOf(e, name)
	if err != nil {
		return err
	}
	if to == 0 {
		one := gallery.Enrolment{Name: name, Metadata: holder}
		d, err := e.Enrol(c.ctx, []gallery.Enrolment{one}, &gallery.EnrolOptions{NewPeople: true})
		if err != nil {
			return err
		}
		to = d[0].PersonID
	}
	_, err = e.Move(c.ctx, []int64{t.ID}, to)
	if errors.Is(err, gallery.ErrTraces) {
		err = nil
	}
	if err == nil {
		host.Note(c.ctx, "move", c.in.CollectionID, []int64{to}, []int64{t.ID})
	}
	return err
}

func (c *call) listUsers() (any, error) {
	n, err := bounded("MaxResults", c.in.MaxResults, 500, 1, 500)
	if err != nil {
		return nil, err
	}
	token, err := decodeToken(c.in.NextToken)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if token != "" {
		if after, err = strconv.ParseInt(token, 10, 64); err != nil {
			return nil, exception("InvalidPaginationTokenException", "the token is not one that this list gave")
		}
	}
	out := struct {
		Users []userJSON `json:"Users"`
		Next  string     `json:"NextToken,omitempty"`
	}{Users: []userJSON{}}
	err = c.withGallery(func(_ *recognize.Recognizer, e gallery.Engine) error {
		last := int64(0)
		for p, err := range e.People(c.ctx) {
			if err != nil {
				return err
			}
			if p.ID <= after || !isUser(p) {
				continue
			}
			if len(out.Users) == n {
				out.Next = encodeToken(strconv.FormatInt(last, 10))
				break
			}
			status := "CREATED"
			for _, err := range e.Sources(c.ctx, p.ID) {
				if err != nil {
					return err
				}
				status = "ACTIVE"
				break
			}
			out.Users, last = append(out.Users, userJSON{p.Name, status}), p.ID
		}
		return nil
	})
	return out, err
}

// associateFaces gives faces to a user: those that look enough like the faces it has.
func (c *call) associateFaces() (any, error) {
	if err := c.faceIDs(100); err != nil {
		return nil, err
	}
	threshold, err := percent("UserMatchThreshold", c.in.UserThreshold, 75)
	if err != nil {
		return nil, err
	}
	out := struct {
		Faces  []map[string]string `json:"AssociatedFaces"`
		Not    []unsuccessful      `json:"UnsuccessfulFaceAssociations"`
		Status string              `json:"UserStatus"`
	}{[]map[string]string{}, []unsuccessful{}, "ACTIVE"}
	err = c.work(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if err != nil {
			return noUser(c.in.UserID)
		}
		u, err := c.user(e, c.in.UserID)
		if err != nil {
			return err
		}
		there, err := c.wanted(e, c.in.FaceIDs)
		if err != nil {
			return err
		}
		var people []gallery.Person
		for _, s := range slices.Compact(slices.Sorted(slices.Values(c.in.FaceIDs))) {
			f, ok := there[s]
			why := ""
			switch {
			case !ok:
				why = "FACE_NOT_FOUND"
			case f.who.ID == u.ID: // it has it
			case isUser(f.who):
				why = "ASSOCIATED_TO_A_DIFFERENT_USER"
			default:
				near, err := c.nearUser(r, e, u, f)
				if err != nil {
					return err
				}
				if near < threshold {
					why = "LOW_MATCH_CONFIDENCE"
					break
				}
				if _, err := e.Move(c.ctx, []int64{f.t.ID}, u.ID); err != nil && !errors.Is(err, gallery.ErrTraces) {
					return err
				}
				host.Note(c.ctx, "move", c.in.CollectionID, []int64{u.ID}, []int64{f.t.ID})
				people = append(people, f.who)
			}
			if why != "" {
				out.Not = append(out.Not, unsuccessful{FaceID: s, Reasons: []string{why}})
				continue
			}
			out.Faces = append(out.Faces, map[string]string{"FaceId": s})
		}
		return c.tidy(r, e, people...)
	})
	return out, err
}

// disassociateFaces takes faces from a user; they stay in the collection.
func (c *call) disassociateFaces() (any, error) {
	if err := c.faceIDs(100); err != nil {
		return nil, err
	}
	out := struct {
		Faces  []map[string]string `json:"DisassociatedFaces"`
		Not    []unsuccessful      `json:"UnsuccessfulFaceDisassociations"`
		Status string              `json:"UserStatus"`
	}{[]map[string]string{}, []unsuccessful{}, "ACTIVE"}
	err := c.work(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if err != nil {
			return noUser(c.in.UserID)
		}
		u, err := c.user(e, c.in.UserID)
		if err != nil {
			return err
		}
		there, err := c.wanted(e, c.in.FaceIDs)
		if err != nil {
			return err
		}
		for _, s := range slices.Compact(slices.Sorted(slices.Values(c.in.FaceIDs))) {
			f, ok := there[s]
			switch {
			case !ok:
				out.Not = append(out.Not, unsuccessful{FaceID: s, Reasons: []string{"FACE_NOT_FOUND"}})
			case f.who.ID != u.ID:
				out.Not = append(out.Not, unsuccessful{FaceID: s, Reasons: []string{"ASSOCIATED_TO_A_DIFFERENT_USER"}})
			default:
				if err := c.release(e, f.t, u); err != nil {
					return err
				}
				out.Faces = append(out.Faces, map[string]string{"FaceId": s})
			}
		}
		return r.Recalibrate(c.ctx)
	})
	return out, err
}
