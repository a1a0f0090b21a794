package recognize

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"faceid/embed"
	"faceid/eval"
	"faceid/gallery"
	"faceid/recognize/rejection"
)

// VerifyOptions tune Verify; nil means the zero value.
type VerifyOptions struct {
	Target  Target // default FAR: DefaultVerifyFAR
	Several Several
}

// Verdict says whether two photos show the same person, or that one of them is too poor to tell.
type Verdict struct {
	A, B  embed.Face
	Of    [2]int // how many faces the photos have
	Poor  error  // a *PhotoError with a *PoorError: too poor to tell, and Same is false; nil: there is a verdict
	Same  bool
	Score float64 // cosine similarity
	// Score normalised by the cohort of the gallery whose calibration counts, to which Threshold belongs then; nil:
	// there is none
	Normalised *float64
	Point      // Threshold, and the false accept rate that it stands for
}

// Verify compares the face of one photo with that of another. Where Options.Calibration is there and calibrated with
// the same model, the false accept rate is that of people like those enrolled. It returns a *PhotoError for each photo
// that has no face, several, or cannot be read, joined where both are bad.
func (r *Recognizer) Verify(ctx context.Context, a, b embed.Input, o *VerifyOptions) (Verdict, error) {
	if o == nil {
		o = &VerifyOptions{}
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return Verdict{}, err
	}
	at, err := r.pairPoint(ctx, p, o.Target.or(DefaultVerifyFAR), gallery.ScoreTogether)
	if err != nil {
		return Verdict{}, err
	}
	var faces []embed.Face
	var bad []error
	v := Verdict{Point: at}
	for photo := range p.Run(ctx, slices.Values([]embed.Input{a, b})) {
		f, err := OneFace(photo, o.Several)
		if err != nil {
			bad = append(bad, &PhotoError{photo.Path, err})
			continue
		}
		if err := poor(f); err != nil && v.Poor == nil {
			v.Poor = &PhotoError{photo.Path, err}
		}
		v.Of[photo.Index] = len(photo.Faces)
		faces = append(faces, f)
	}
	switch {
	case ctx.Err() != nil:
		return Verdict{}, ctx.Err()
	case len(bad) > 0:
		return Verdict{}, errors.Join(bad...)
	}
	v.decide(faces[0], faces[1])
	return v, nil
}

// decide is the verdict on two faces.
func (v *Verdict) decide(a, b embed.Face) {
	v.A, v.B, v.Score = a, b, eval.Cosine(a.Embedding, b.Embedding)
	if !v.Given && v.Poor == nil {
		v.Threshold += embed.Caution(a.Quality.Usable, b.Quality.Usable)
	}
	score := v.Score
	if v.norm != nil {
		score = v.norm.Pair(a.Embedding, b.Embedding)
		v.Normalised = &score
	}
	v.Same = score >= v.Threshold && v.Poor == nil
}

// PairPoint is the operating point for the cosine of a pair: of the calibration of Options.Calibration where there is
// one of the pipeline's model, else of what was measured for the model. Verify goes by it where there is no cohort.
func (r *Recognizer) PairPoint(ctx context.Context, p *Pipeline, t Target) (Point, error) {
	return r.pairPoint(ctx, p, t, gallery.ScoreNearest)
}

func (r *Recognizer) pairPoint(ctx context.Context, p *Pipeline, t Target, s gallery.Scoring) (at Point, err error) {
	err = r.Calibrating(ctx, p.Model(), func(e gallery.Engine, info gallery.Info) (err error) {
		if e == nil {
			at, err = PointOf(p.Entry, t)
		} else {
			at, err = r.scored(ctx, e, info, p, t, s)
		}
		return err
	})
	return at, err
}

// Calibrating calls f with the gallery whose people say which scores are usual, that of Options.Calibration or the one
// in use; with nil where there is none, or it is of another model than m.
func (r *Recognizer) Calibrating(ctx context.Context, m gallery.Model,
	f func(gallery.Engine, gallery.Info) error) error {
	var e gallery.Engine
	var err error
	switch {
	case r.o.Calibration == "":
		e, err = r.Gallery(ctx)
	case IsAddress(r.o.Calibration):
		err = ErrNoGallery
	default:
		if e, err = r.OpenEngine(ctx, r.o.Calibration, nil); err == nil {
			defer e.Close()
		}
	}
	if errors.Is(err, ErrNoGallery) || errors.Is(err, fs.ErrNotExist) {
		return f(nil, gallery.Info{})
	}
	if err != nil {
		return err
	}
	info, err := rejection.Info(ctx, e)
	if err != nil {
		return err
	}
	if !info.Model.Same(m) {
		return f(nil, gallery.Info{})
	}
	return f(e, info)
}
