package recognize

import (
	"context"
	"fmt"
	"iter"

	"faceid/embed"
	"faceid/finetune"
	"faceid/finetune/openset"
)

// HeadAnswer is the answer of a trained head for one face, or for a photo without one.
type HeadAnswer struct {
	Photo   embed.Photo
	Number  int                  // of the face in the photo, from 1, the largest first; 0: the photo has no face
	Face    *embed.Face          // nil: the photo has no face
	Poor    error                // a *PoorError: too poor to tell, and Person is nil; nil: there is an answer
	Person  *finetune.Candidate  // nil: nobody the head knows
	Nearest []finetune.Candidate // best first
	FPIR    openset.Rate         // share of strangers whom the head takes for somebody; NaN: not known; and the limit
}

// IdentifyByHead ranks the people that a head was trained on by its cosines; the Center Loss distance says whether it
// is anyone known, by o.Target.FPIR where it is given: see finetune.Head.AtFPIR. A face too poor to tell is nobody. The
// sequence is as Identify's. Without Options.Model the head's own model is used; a head of another model than the one
// named is an error.
func (r *Recognizer) IdentifyByHead(ctx context.Context, h *finetune.Head, in iter.Seq[embed.Input],
	o *IdentifyOptions) iter.Seq2[HeadAnswer, error] {
	if o == nil {
		o = &IdentifyOptions{}
	}
	return func(yield func(HeadAnswer, error) bool) {
		h, err := h.AtFPIR(o.Target.FPIR)
		var p *Pipeline
		if err == nil {
			p, err = r.pipelineOf(ctx, h)
		}
		if err != nil {
			yield(HeadAnswer{}, err)
			return
		}
		fpir := h.FPIR()
		for photo := range p.Run(ctx, in) {
			if photo.Err != nil {
				if ctx.Err() != nil {
					break
				}
				if !yield(HeadAnswer{Photo: photo, FPIR: fpir}, &PhotoError{photo.Path, photo.Err}) {
					return
				}
				continue
			}
			if len(photo.Faces) == 0 && !yield(HeadAnswer{Photo: photo, FPIR: fpir}, nil) {
				return
			}
			faces := photo.Faces
			if o.Largest {
				faces = faces[:min(1, len(faces))]
			}
			for i := range faces {
				a := HeadAnswer{Photo: photo, Number: i + 1, Face: &faces[i], Poor: poor(faces[i]), FPIR: fpir}
				a.Nearest, err = h.Identify(a.Face.Embedding, max(o.K, 1))
				if err == nil && a.Nearest[0].Known && a.Poor == nil {
					a.Person = &a.Nearest[0]
				}
				if !yield(a, err) || err != nil {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(HeadAnswer{}, err)
		}
	}
}

// pipelineOf is the pipeline of the head's model.
func (r *Recognizer) pipelineOf(ctx context.Context, h *finetune.Head) (*Pipeline, error) {
	r.mu.Lock()
	if r.o.Model == "" && r.pipe == nil {
		e, err := r.modelOf(h.Model)
		if err != nil {
			r.mu.Unlock()
			return nil, fmt.Errorf("the model that the head was trained with is not here: %w", err)
		}
		r.o.Model = e.Name
	}
	r.mu.Unlock()
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	if p.Entry.SHA256 != h.Model {
		return nil, fmt.Errorf("the head was trained with another model (%.12s…) than %s", h.Model, p.Entry.Name)
	}
	return p, nil
}
