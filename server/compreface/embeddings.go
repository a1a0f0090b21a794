package compreface

import (
	"cmp"
	"errors"
	"slices"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/scale"
)

const maxEmbeddings = 1000

// embeddings are vectors in the body.
func (c *call) embeddings(name string) ([][]float32, error) {
	var v [][]float32
	if err := c.form.JSON(name, &v); err != nil {
		return nil, err
	}
	if len(v) == 0 || len(v) > maxEmbeddings {
		return nil, coded(400, 26, name+" are 1 to 1000 arrays of numbers")
	}
	return v, nil
}

type foundJSON struct {
	Embedding    []float32     `json:"embedding"`
	Similarities []subjectJSON `json:"similarities"`
}

// recognizeEmbeddings is recognize for embeddings; prediction_count −1 is all examples.
func (c *call) recognizeEmbeddings() error {
	n, err := c.count("prediction_count", 1, -1, most)
	if err != nil {
		return err
	}
	if n <= 0 {
		n = most
	}
	probes, err := c.embeddings("embeddings")
	if err != nil {
		return err
	}
	return c.work(func(r *recognize.Recognizer) error {
		s, err := similarity(c.ctx, r)
		if err != nil {
			return err
		}
		out := make([]foundJSON, len(probes))
		for i, v := range probes {
			out[i] = foundJSON{v, []subjectJSON{}}
		}
		answers, err := r.IdentifyEmbeddings(c.ctx, probes, &recognize.IdentifyOptions{K: n})
		if errors.Is(err, recognize.ErrNobody) || errors.Is(err, recognize.ErrNoneYet) {
			answers, err = nil, nil
		}
		if err != nil {
			return err
		}
		for i, a := range answers {
			near, err := scale.Templates(c.ctx, r, a, n)
			if err != nil {
				return err
			}
			for _, m := range near {
				at := subjectJSON{m.Name, round5(s.Found(*a.Face, m))}
				out[i].Similarities = append(out[i].Similarities, at)
			}
		}
		return c.reply(200, resultJSON{Result: out})
	})
}

type comparedJSON struct {
	Embedding  []float32 `json:"embedding"`
	Similarity float64   `json:"similarity"`
}

// compare answers with the similarities of vectors with one, the highest first.
func (c *call) compare(one func(*recognize.Recognizer) (gallery.Template, error), others [][]float32) error {
	return c.work(func(r *recognize.Recognizer) error {
		t, err := one(r)
		if err != nil {
			return err
		}
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		s, err := similarity(c.ctx, r)
		if err != nil {
			return err
		}
		var out []comparedJSON
		for _, v := range others {
			pair, err := r.VerifyEmbeddings(c.ctx, t.Embedding, v, recognize.Target{})
			if err != nil {
				return err
			}
			at := s.Found(pair.B, scale.Beside(p, pair.B, t))
			out = append(out, comparedJSON{v, round5(at)})
		}
		slices.SortStableFunc(out, func(a, b comparedJSON) int { return cmp.Compare(b.Similarity, a.Similarity) })
		return c.reply(200, resultJSON{Result: out})
	})
}

func (c *call) verifyFaceEmbeddings() error {
	others, err := c.embeddings("embeddings")
	if err != nil {
		return err
	}
	return c.compare(func(r *recognize.Recognizer) (gallery.Template, error) {
		t, _, err := c.face(r)
		return t, err
	}, others)
}

func (c *call) verifyEmbeddings() error {
	var source []float32
	if err := c.form.JSON("source", &source); err != nil {
		return err
	}
	others, err := c.embeddings("targets")
	if err != nil {
		return err
	}
	return c.compare(func(*recognize.Recognizer) (gallery.Template, error) {
		return gallery.Template{Embedding: source}, nil
	}, others)
}
