package recognize

import (
	"context"
	"errors"
	"slices"

	"faceid/embed"
	"faceid/eval"
)

// VerifyOptions tune Verify; nil means the zero value.
type VerifyOptions struct {
	Target  Target // default FAR: DefaultVerifyFAR
	Largest bool   // where a photo has several faces, take the largest
}

// Verdict says whether two photos show the same person.
type Verdict struct {
	A, B  embed.Face
	Same  bool
	Score float64 // cosine similarity
	Point         // Threshold, and the false accept rate that it stands for
}

// Verify compares the face of one photo with that of another. It returns a *PhotoError for each photo that has no face, several,
// or cannot be read, joined where both are bad.
func (r *Recognizer) Verify(ctx context.Context, a, b embed.Input, o *VerifyOptions) (Verdict, error) {
	if o == nil {
		o = &VerifyOptions{}
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return Verdict{}, err
	}
	at, err := PointOf(p.Entry, o.Target.or(DefaultVerifyFAR))
	if err != nil {
		return Verdict{}, err
	}
	var faces []embed.Face
	var bad []error
	for photo := range p.Run(ctx, slices.Values([]embed.Input{a, b})) {
		f, err := OneFace(photo, o.Largest)
		if err != nil {
			bad = append(bad, &PhotoError{photo.Path, err})
			continue
		}
		faces = append(faces, f)
	}
	switch {
	case ctx.Err() != nil:
		return Verdict{}, ctx.Err()
	case len(bad) > 0:
		return Verdict{}, errors.Join(bad...)
	}
	v := Verdict{A: faces[0], B: faces[1], Score: eval.Cosine(faces[0].Embedding, faces[1].Embedding), Point: at}
	v.Same = v.Score >= v.Threshold
	return v, nil
}
