package compreface

import (
	"errors"
	"slices"
	"strconv"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/scale"
	"faceid/server/host"
)

// share is a number of the query in [0, 1].
func (c *call) share(name string) (float64, error) {
	s := c.q.Get(name)
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, coded(400, 26, name+" is a number from 0 to 1")
	}
	return v, nil
}

// file is a photo of the body.
func (c *call) file(name string) (host.Upload, error) {
	u, err := c.form.Photo(name)
	if f := (*host.Fault)(nil); errors.As(err, &f) && f.Code == "photo_missing" {
		return u, coded(400, 34, "Missing part: "+name)
	}
	return u, err
}

// photo analyses a photo.
func (c *call) photo(p *recognize.Pipeline, u host.Upload) (photo embed.Photo, err error) {
	for photo = range p.Run(c.ctx, slices.Values([]embed.Input{host.InputOf(u, "")})) {
		if photo.Err != nil {
			return photo, &recognize.PhotoError{Err: photo.Err}
		}
	}
	return photo, c.ctx.Err()
}

// detect finds faces.
func (c *call) detect() error {
	w, err := c.wish()
	if err != nil {
		return err
	}
	return c.eachFace(w, func(*recognize.Recognizer, *recognize.Pipeline) (func(embed.Face, *faceJSON), error) {
		return func(embed.Face, *faceJSON) {}, nil
	})
}

// eachFace answers for the faces of the photo in the body; with says what is added to each, once models are there.
func (c *call) eachFace(w wish,
	with func(*recognize.Recognizer, *recognize.Pipeline) (func(embed.Face, *faceJSON), error)) error {
	u, err := c.file("file")
	if err != nil {
		return err
	}
	return c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		add, err := with(r, p)
		if err != nil {
			return err
		}
		photo, err := c.photo(p, u)
		if err != nil {
			return err
		}
		out := []faceJSON{}
		for _, f := range w.faces(photo) {
			j := w.show(f, photo)
			add(f, &j)
			out = append(out, j)
		}
		if len(out) == 0 {
			return recognize.ErrNoFace
		}
		return c.reply(200, resultJSON{out, w.plugins(p)})
	})
}

// most bounds prediction_count.
const most = 1000

// recognize answers for each face with the examples nearest to it, near enough or not.
func (c *call) recognize() error {
	w, err := c.wish()
	if err != nil {
		return err
	}
	n, err := c.count("prediction_count", 1, 1, most)
	if err != nil {
		return err
	}
	u, err := c.file("file")
	if err != nil {
		return err
	}
	return c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		s, err := similarity(c.ctx, r)
		if err != nil {
			return err
		}
		out := []faceJSON{}
		in := slices.Values([]embed.Input{host.InputOf(u, "")})
		for a, err := range r.IdentifyWith(c.ctx, in, &recognize.IdentifyOptions{K: n}) {
			if errors.Is(err, recognize.ErrNobody) || errors.Is(err, recognize.ErrNoneYet) {
				return c.strangers(w, p, u)
			}
			if err != nil {
				return err
			}
			if a.Face == nil || !w.wants(*a.Face, len(out)) {
				continue
			}
			near, err := scale.Templates(c.ctx, r, a, n)
			if err != nil {
				return err
			}
			j := w.show(*a.Face, a.Photo)
			j.Subjects = &[]subjectJSON{}
			for _, m := range near {
				*j.Subjects = append(*j.Subjects, subjectJSON{m.Name, round5(s.Found(*a.Face, m))})
			}
			out = append(out, j)
		}
		if len(out) == 0 && w.crop {
			j, err := c.whole(r, p, s, u, w, n)
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		if len(out) == 0 {
			return recognize.ErrNoFace
		}
		return c.reply(200, resultJSON{out, w.plugins(p)})
	})
}

// whole answers for a photo that is a face and nothing else, as the client says, and in which none is found: for all of
// it, as an aligned crop.
func (c *call) whole(r *recognize.Recognizer, p *recognize.Pipeline, s *scale.Scale, u host.Upload, w wish, n int) (
	j faceJSON, err error) {
	aligned := &embed.Pipeline{Aligned: true, Embedder: p.Embedder, Mirror: p.Mirror, Decode: p.Decode, Workers: 1}
	photo := aligned.Photo(c.ctx, host.InputOf(u, ""))
	if photo.Err != nil {
		return j, &recognize.PhotoError{Err: photo.Err}
	}
	f := photo.Faces[0]
	answers, err := r.IdentifyEmbeddings(c.ctx, [][]float32{f.Embedding}, &recognize.IdentifyOptions{K: n})
	if err != nil {
		return j, err
	}
	a := answers[0]
	a.Photo, a.Face = photo, &f
	near, err := scale.Templates(c.ctx, r, a, n)
	if err != nil {
		return j, err
	}
	j = w.show(f, photo)
	j.Subjects = &[]subjectJSON{}
	for _, m := range near {
		*j.Subjects = append(*j.Subjects, subjectJSON{m.Name, round5(s.Found(f, m))})
	}
	return j, nil
}

// strangers answers where nobody is enrolled.
func (c *call) strangers(w wish, p *recognize.Pipeline, u host.Upload) error {
	photo, err := c.photo(p, u)
	if err != nil {
		return err
	}
	out := []faceJSON{}
	for _, f := range w.faces(photo) {
		j := w.show(f, photo)
		j.Subjects = &[]subjectJSON{}
		out = append(out, j)
	}
	if len(out) == 0 {
		return recognize.ErrNoFace
	}
	return c.reply(200, resultJSON{out, w.plugins(p)})
}

// face is the template of the id in the path, and whose it is.
func (c *call) face(r *recognize.Recognizer) (t gallery.Template, who gallery.Person, err error) {
	s := c.r.PathValue("id")
	id, ok := host.ParseFaceUUID(c.name, s)
	if !ok {
		return t, who, noImage(s)
	}
	e, err := r.Gallery(c.ctx)
	if err != nil {
		return t, who, noImage(s)
	}
	t, who, err = host.FindFace(c.ctx, e, id)
	if errors.Is(err, gallery.ErrNoTemplate) {
		err = noImage(s)
	}
	return t, who, err
}

// verifyFace compares the faces of a photo with one that is enrolled.
func (c *call) verifyFace() error {
	w, err := c.wish()
	if err != nil {
		return err
	}
	return c.eachFace(w, func(r *recognize.Recognizer, p *recognize.Pipeline) (func(embed.Face, *faceJSON), error) {
		t, who, err := c.face(r)
		if err != nil {
			return nil, err
		}
		s, err := similarity(c.ctx, r)
		return func(f embed.Face, j *faceJSON) {
			at := round5(s.Found(f, scale.Beside(p, f, t)))
			j.Subject, j.Similarity = who.Name, &at
		}, err
	})
}

type verifiedJSON struct {
	Source  faceJSON          `json:"source_image_face"`
	Matches []faceJSON        `json:"face_matches"`
	Plugins map[string]string `json:"plugins_versions,omitempty"`
}

// verify compares the one face of a photo with all of another.
func (c *call) verify() error {
	w, err := c.wish()
	if err != nil {
		return err
	}
	source, err := c.file("source_image")
	if err != nil {
		return err
	}
	target, err := c.file("target_image")
	if err != nil {
		return err
	}
	return c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		s, err := similarity(c.ctx, r)
		if err != nil {
			return err
		}
		a, err := c.photo(p, source)
		if err != nil {
			return err
		}
		all := w
		all.limit = 0
		a.Faces = all.faces(a)
		one, err := recognize.OneFace(a, recognize.SeveralRefuse)
		if err != nil {
			return err
		}
		b, err := c.photo(p, target)
		if err != nil {
			return err
		}
		out := verifiedJSON{Source: w.show(one, a), Matches: []faceJSON{}, Plugins: w.plugins(p)}
		for _, f := range w.faces(b) {
			j := w.show(f, b)
			at := round5(s.Faces(one, f))
			j.Similarity = &at
			out.Matches = append(out.Matches, j)
		}
		if len(out.Matches) == 0 {
			return recognize.ErrNoFace
		}
		return c.reply(200, resultJSON{Result: []verifiedJSON{out}})
	})
}
