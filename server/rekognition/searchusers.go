package rekognition

import (
	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/scale"
)

// nearUser is how similar a face is to a user's most similar one; 100 where it has none yet.
func (c *call) nearUser(r *recognize.Recognizer, e gallery.Engine, u gallery.Person, f listed) (float64, error) {
	p, err := r.Pipeline(c.ctx)
	if err != nil {
		return 0, err
	}
	s, err := similarity(c.ctx, r)
	if err != nil {
		return 0, err
	}
	var probe *embed.Face
	for t, err := range e.Templates(c.ctx, f.who.ID) {
		if err != nil {
			return 0, err
		}
		if t.ID == f.t.ID {
			probe = &embed.Face{Embedding: t.Embedding, Quality: embed.Quality{Usable: p.Embedder.Usable(t.Trunk)}}
		}
	}
	if probe == nil {
		return 0, gallery.ErrNoTemplate // removed since
	}
	best, some := 0.0, false
	for t, err := range e.Templates(c.ctx, u.ID) {
		if err != nil {
			return 0, err
		}
		best, some = max(best, s.Found(*probe, scale.Beside(p, *probe, t))), true
	}
	if !some {
		return 100, nil
	}
	return best, nil
}

type searchedFace struct {
	ID string `json:"FaceId"`
}

type searchUsersOut struct {
	Matches []userMatch   `json:"UserMatches"`
	Version string        `json:"FaceModelVersion"`
	Face    *searchedFace `json:"SearchedFace,omitempty"`
	User    *struct {
		ID string `json:"UserId"`
	} `json:"SearchedUser,omitempty"`
}

// searchUsers looks for users by a face or by another user.
func (c *call) searchUsers() (any, error) {
	k, threshold, err := c.userLimits()
	if err != nil {
		return nil, err
	}
	if (c.in.FaceID == "") == (c.in.UserID == "") {
		return nil, invalid("either FaceId or UserId is needed")
	}
	out := searchUsersOut{Matches: []userMatch{}, Version: modelVersion}
	err = c.work(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if err != nil {
			return err
		}
		var probes []recognize.Answer
		but := int64(0)
		if c.in.FaceID != "" {
			t, _, err := c.face(e, c.in.FaceID)
			if err != nil {
				return err
			}
			a, err := c.stand(r, t, manyPeople)
			if err != nil {
				return err
			}
			probes, out.Face = append(probes, a), &searchedFace{c.in.FaceID}
		} else {
			u, err := c.user(e, c.in.UserID)
			if err != nil {
				return err
			}
			for t, err := range e.Templates(c.ctx, u.ID) {
				if err != nil {
					return err
				}
				a, err := c.stand(r, t, manyPeople)
				if err != nil {
					return err
				}
				probes = append(probes, a)
			}
			but = u.ID
			out.User = &struct {
				ID string `json:"UserId"`
			}{u.Name}
		}
		out.Matches, err = c.users(r, probes, k, threshold, but)
		return err
	})
	return out, err
}

type unsearched struct {
	Detail  faceDetail `json:"FaceDetails"`
	Reasons []string   `json:"Reasons"`
}

func (c *call) searchUsersByImage() (any, error) {
	k, threshold, err := c.userLimits()
	if err != nil {
		return nil, err
	}
	out := struct {
		Matches []userMatch `json:"UserMatches"`
		Version string      `json:"FaceModelVersion"`
		Face    struct {
			Detail faceDetail `json:"FaceDetail"`
		} `json:"SearchedFace"`
		Others []unsearched `json:"UnsearchedFaces"`
	}{Matches: []userMatch{}, Version: modelVersion, Others: []unsearched{}}
	err = c.work(func(r *recognize.Recognizer) error {
		a, err := c.largest(r, manyPeople)
		if err != nil {
			return err
		}
		out.Face.Detail = c.detailOf(*a.Face, a.Photo)
		for _, f := range a.Photo.Faces[1:] {
			out.Others = append(out.Others, unsearched{c.detailOf(f, a.Photo), []string{"FACE_NOT_LARGEST"}})
		}
		if len(a.Nearest) == 0 {
			return nil
		}
		out.Matches, err = c.users(r, []recognize.Answer{a}, k, threshold, 0)
		return err
	})
	return out, err
}
