package server

import (
	"errors"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/server/host"
)

// photo analyses the one photo of the request.
func (c *call) photo() (photo embed.Photo, err error) {
	u, err := c.form.Photo(fields("image")...)
	if err != nil {
		return photo, err
	}
	err = c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		for photo = range p.Run(c.ctx, slices.Values([]embed.Input{host.InputOf(u, "")})) {
			if photo.Err != nil {
				return &recognize.PhotoError{Err: photo.Err}
			}
		}
		return c.ctx.Err()
	})
	return photo, err
}

type detected struct {
	Width  int        `json:"width"`
	Height int        `json:"height"`
	Faces  []faceJSON `json:"faces"` // largest first; none is not an error
}

func (c *call) detect() error {
	photo, err := c.photo()
	if err != nil {
		return err
	}
	out := detected{photo.Width, photo.Height, []faceJSON{}}
	for _, f := range photo.Faces {
		out.Faces = append(out.Faces, faceOf(f))
	}
	return c.reply(200, out)
}

type embedded struct {
	Width  int            `json:"width"`
	Height int            `json:"height"`
	Model  gallery.Model  `json:"model"` // whose embeddings they are
	Faces  []embeddedFace `json:"faces"`
}

type embeddedFace struct {
	faceJSON
	Embedding []float32 `json:"embedding"` // of unit length
}

func (c *call) embed() error {
	photo, err := c.photo()
	if err != nil {
		return err
	}
	out := embedded{Width: photo.Width, Height: photo.Height, Faces: []embeddedFace{}}
	for _, f := range photo.Faces {
		out.Faces = append(out.Faces, embeddedFace{faceOf(f), f.Embedding})
	}
	err = c.use(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err == nil {
			out.Model = p.Model()
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(200, out)
}

type verified struct {
	Same    bool      `json:"same"`
	Score   float64   `json:"score"` // cosine similarity
	Point   pointJSON `json:"point"`
	TooPoor string    `json:"too_poor"` // why there is no verdict; "": there is one
	Source  *faceJSON `json:"source,omitempty"`
	Target  *faceJSON `json:"target,omitempty"`
	// the score normalised by the collection's cohort, for which the threshold is; missing: there is none
	Normalised *float64 `json:"normalised,omitempty"`
}

func (c *call) verify() error {
	t, err := c.target()
	if err != nil {
		return err
	}
	if c.form.Has("source_embedding") || c.form.Has("target_embedding") {
		return c.verifyEmbeddings(t)
	}
	which, err := c.several()
	if err != nil {
		return err
	}
	a, err := c.form.Photo(fields("source")...)
	if err != nil {
		return err
	}
	b, err := c.form.Photo(fields("target")...)
	if err != nil {
		return err
	}
	var v recognize.Verdict
	err = c.work(func(r *recognize.Recognizer) error {
		v, err = r.Verify(c.ctx, host.InputOf(a, "source"), host.InputOf(b, "target"),
			&recognize.VerifyOptions{Target: t, Several: which})
		return err
	})
	if bad := recognize.BadPhotos(err); len(bad) > 0 {
		f := *host.FaultOf(bad[0])
		f.Message = bad[0].Path + ": " + f.Message
		return &f
	}
	if err != nil {
		return err
	}
	out := verified{Same: v.Same, Score: v.Score, Point: pointOf(v.Point), Normalised: v.Normalised}
	if v.Poor != nil {
		out.TooPoor = v.Poor.Error()
	}
	source, target := faceOf(v.A), faceOf(v.B)
	out.Source, out.Target = &source, &target
	return c.reply(200, out)
}

func (c *call) verifyEmbeddings(t recognize.Target) error {
	var a, b []float32
	if err := errors.Join(c.form.JSON("source_embedding", &a), c.form.JSON("target_embedding", &b)); err != nil {
		return err
	}
	var v recognize.Verdict
	err := c.use(func(r *recognize.Recognizer) (err error) {
		v, err = r.VerifyEmbeddings(c.ctx, a, b, t)
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(200, verified{Same: v.Same, Score: v.Score, Point: pointOf(v.Point), Normalised: v.Normalised})
}

// identifyOptions are those of identify and search.
func (c *call) identifyOptions() (*recognize.IdentifyOptions, error) {
	t, err := c.target()
	if err != nil {
		return nil, err
	}
	k, err := c.count("top", 2, 1, 100)
	if err != nil {
		return nil, err
	}
	largest, err := c.flag("largest")
	return &recognize.IdentifyOptions{Target: t, K: k, Largest: largest}, err
}

func (c *call) identify() error {
	o, err := c.identifyOptions()
	if err != nil {
		return err
	}
	u, err := c.form.Photo(fields("image")...)
	if err != nil {
		return err
	}
	out := answersJSON{Collection: c.name, Faces: []answerJSON{}}
	err = c.work(func(r *recognize.Recognizer) error {
		for a, err := range r.IdentifyWith(c.ctx, slices.Values([]embed.Input{host.InputOf(u, "")}), o) {
			if err != nil {
				return err
			}
			out.Width, out.Height, out.FPIR = a.Photo.Width, a.Photo.Height, known(a.FPIR)
			if a.Face != nil {
				out.Faces = append(out.Faces, answerOf(a, o.K, true))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.reply(200, out)
}

const maxProbes = 1000

func (c *call) search() error {
	o, err := c.identifyOptions()
	if err != nil {
		return err
	}
	o.Largest = false
	var probes [][]float32
	if err := c.form.JSON("embeddings", &probes); err != nil {
		return err
	}
	if len(probes) == 0 || len(probes) > maxProbes {
		return host.Bad("embeddings are 1 to %d arrays of numbers", maxProbes)
	}
	out := answersJSON{Collection: c.name, Faces: []answerJSON{}}
	err = c.work(func(r *recognize.Recognizer) error {
		answers, err := r.IdentifyEmbeddings(c.ctx, probes, o)
		for _, a := range answers {
			out.Faces = append(out.Faces, answerOf(a, o.K, false))
			out.FPIR = known(a.FPIR)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.reply(200, out)
}
