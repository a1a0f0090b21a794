package rekognition

import (
	"cmp"
	"errors"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/scale"
	"faceid/server/host"
)

type faceMatch struct {
	Similarity float64
	Face       face
}

// search looks for faces near a probe.
func (c *call) search(
	r *recognize.Recognizer,
	a recognize.Answer,
	k int,
	threshold float64,
	but int64,
) ([]faceMatch, error) {
	e, err := r.Gallery(c.ctx)
	if err != nil {
		return nil, err
	}
	s, err := similarity(c.ctx, r)
	if err != nil {
		return nil, err
	}
	near, err := scale.Templates(c.ctx, r, a, k+1)
	if err != nil {
		return nil, err
	}
	out := []faceMatch{}
	for _, m := range near {
		at := s.Found(*a.Face, m)
		if m.TemplateID == but || at < threshold || len(out) == k {
			continue
		}
		p, err := e.Person(c.ctx, m.PersonID)
		if err != nil {
			return nil, err
		}
		out = append(out, faceMatch{at, c.faceOf(m.Kept, p)})
	}
	return out, nil
}

// stand is the answer for a template as a probe: what is near it, itself among them.
func (c *call) stand(r *recognize.Recognizer, t gallery.Template, k int) (recognize.Answer, error) {
	p, err := r.Pipeline(c.ctx)
	if err != nil {
		return recognize.Answer{}, err
	}
	answers, err := r.IdentifyEmbeddings(c.ctx, [][]float32{t.Embedding}, &recognize.IdentifyOptions{K: k})
	if err != nil {
		return recognize.Answer{}, err
	}
	if t.Trunk != nil {
		answers[0].Face.Quality.Usable = p.Embedder.Usable(t.Trunk)
	}
	return answers[0], nil
}

// face finds the template of an id.
func (c *call) face(e gallery.Engine, s string) (gallery.Template, gallery.Person, error) {
	none := exception("ResourceNotFoundException", "there is no face "+s)
	id, ok := host.ParseFaceUUID(c.in.CollectionID, s)
	if !ok {
		return gallery.Template{}, gallery.Person{}, none
	}
	t, p, err := host.FindFace(c.ctx, e, id)
	if errors.Is(err, gallery.ErrNoTemplate) {
		err = none
	}
	return t, p, err
}

// faceLimits are how many faces are wanted, and from which similarity on.
func (c *call) faceLimits() (k int, threshold float64, err error) {
	if k, err = bounded("MaxFaces", c.in.MaxFaces, 80, 1, 4096); err != nil {
		return 0, 0, err
	}
	threshold, err = percent("FaceMatchThreshold", c.in.FaceThreshold, 80)
	return k, threshold, err
}

func (c *call) searchFaces() (any, error) {
	k, threshold, err := c.faceLimits()
	if err != nil {
		return nil, err
	}
	out := struct {
		ID      string      `json:"SearchedFaceId"`
		Matches []faceMatch `json:"FaceMatches"`
		Version string      `json:"FaceModelVersion"`
	}{ID: c.in.FaceID, Version: modelVersion}
	err = c.work(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if err != nil {
			return err
		}
		t, _, err := c.face(e, c.in.FaceID)
		if err != nil {
			return err
		}
		a, err := c.stand(r, t, k+1)
		if err != nil {
			return err
		}
		out.Matches, err = c.search(r, a, k, threshold, t.ID)
		return err
	})
	return out, err
}

// largest answers for the largest face of the request's image. Where nobody is enrolled nobody is near.
func (c *call) largest(r *recognize.Recognizer, k int) (a recognize.Answer, err error) {
	strict, err := c.quality("NONE")
	if err != nil {
		return a, err
	}
	in, err := c.inputOf(c.in.Image)
	if err != nil {
		return a, err
	}
	o := &recognize.IdentifyOptions{K: k, Largest: true}
	for a, err = range r.IdentifyWith(c.ctx, slices.Values([]embed.Input{in}), o) {
		if err != nil {
			break
		}
	}
	if errors.Is(err, recognize.ErrNobody) || errors.Is(err, recognize.ErrNoneYet) {
		p, perr := r.Pipeline(c.ctx)
		if perr != nil {
			return a, perr
		}
		if a.Photo, err = c.photo(p, c.in.Image); err == nil && len(a.Photo.Faces) > 0 {
			a.Face = &a.Photo.Faces[0]
		}
	}
	if err == nil && (a.Face == nil || strict && recognize.TooPoor(*a.Face) != nil) {
		err = recognize.ErrNoFace
	}
	return a, err
}

func (c *call) searchFacesByImage() (any, error) {
	k, threshold, err := c.faceLimits()
	if err != nil {
		return nil, err
	}
	out := struct {
		Box        *boundingBox `json:"SearchedFaceBoundingBox"`
		Confidence float64      `json:"SearchedFaceConfidence"`
		Matches    []faceMatch  `json:"FaceMatches"`
		Version    string       `json:"FaceModelVersion"`
	}{Matches: []faceMatch{}, Version: modelVersion}
	err = c.work(func(r *recognize.Recognizer) error {
		a, err := c.largest(r, k)
		if err != nil {
			return err
		}
		d := c.detailOf(*a.Face, a.Photo)
		out.Box, out.Confidence = d.BoundingBox, d.Confidence
		if len(a.Nearest) == 0 {
			return nil
		}
		out.Matches, err = c.search(r, a, k, threshold, 0)
		return err
	})
	return out, err
}

type userMatch struct {
	Similarity float64
	User       userJSON
}

// users looks for users near probes, each by its best template; a user that is left out is not among them.
func (c *call) users(r *recognize.Recognizer, probes []recognize.Answer, k int, threshold float64,
	but int64) ([]userMatch, error) {
	e, err := r.Gallery(c.ctx)
	if err != nil {
		return nil, err
	}
	s, err := similarity(c.ctx, r)
	if err != nil {
		return nil, err
	}
	best := map[int64]float64{}
	for _, a := range probes {
		near, err := scale.Templates(c.ctx, r, a, manyTemplates)
		if err != nil {
			return nil, err
		}
		for _, m := range near {
			best[m.PersonID] = max(best[m.PersonID], s.Found(*a.Face, m))
		}
	}
	out := []userMatch{}
	for id, at := range best {
		if at < threshold || id == but {
			continue
		}
		p, err := e.Person(c.ctx, id)
		if err != nil {
			return nil, err
		}
		if isUser(p) {
			out = append(out, userMatch{at, userJSON{p.Name, "ACTIVE"}})
		}
	}
	slices.SortFunc(out, func(a, b userMatch) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.User.ID, b.User.ID))
	})
	return out[:min(k, len(out))], nil
}

// manyPeople are looked at for users: some of them hold faces that no user has.
const manyPeople, manyTemplates = 5000, 1 << 20

func (c *call) userLimits() (k int, threshold float64, err error) {
	if k, err = bounded("MaxUsers", c.in.MaxUsers, 80, 1, 500); err != nil {
		return 0, 0, err
	}
	threshold, err = percent("UserMatchThreshold", c.in.UserThreshold, 80)
	return k, threshold, err
}
