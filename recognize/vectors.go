package recognize

import (
	"context"
	"fmt"

	"faceid/embed"
	"faceid/gallery"
)

// faceOf is a face of which the embedding alone is known: nothing can be said of its quality.
func faceOf(v []float32, dim int) (embed.Face, error) {
	unit, err := gallery.Unit(v, dim)
	return embed.Face{Embedding: unit, Quality: embed.Quality{Usable: 1}}, err
}

// IdentifyEmbeddings is IdentifyWith for embeddings that a pipeline of the gallery's model made: one Answer each, in
// order. They need not be of unit length. Of the faces nothing else is known: Poor is nil whatever they were like, so
// callers that have the photos should hand in these. It returns gallery.ErrDimension, ErrZeroVector or ErrNotFinite.
func (r *Recognizer) IdentifyEmbeddings(
	ctx context.Context,
	probes [][]float32,
	o *IdentifyOptions,
) ([]Answer, error) {
	if o == nil {
		o = &IdentifyOptions{}
	}
	e, info, p, err := r.enrolled(ctx)
	if err != nil {
		return nil, err
	}
	var photo embed.Photo
	for i, v := range probes {
		f, err := faceOf(v, info.Model.Dim)
		if err != nil {
			return nil, fmt.Errorf("embedding %d: %w", i, err)
		}
		photo.Faces = append(photo.Faces, f)
	}
	at, err := r.scored(ctx, e, info, p, o.Target.or(DefaultIdentifyFAR), o.Score)
	if err != nil || len(probes) == 0 {
		return nil, err
	}
	fpir, err := r.strangers(ctx, at, o.Score)
	if err != nil {
		return nil, err
	}
	answers, err := identify(ctx, e, p, photo, at, o)
	for i := range answers {
		answers[i].FPIR = fpir
	}
	return answers, err
}

// VerifyEmbeddings is Verify for embeddings of the pipeline's model; see IdentifyEmbeddings.
func (r *Recognizer) VerifyEmbeddings(ctx context.Context, a, b []float32, t Target) (Verdict, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return Verdict{}, err
	}
	var faces [2]embed.Face
	for i, v := range [][]float32{a, b} {
		if faces[i], err = faceOf(v, p.Entry.Output.Dim); err != nil {
			return Verdict{}, fmt.Errorf("embedding %d: %w", i, err)
		}
	}
	at, err := r.pairPoint(ctx, p, t.or(DefaultVerifyFAR), gallery.ScoreTogether)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Point: at}
	v.decide(faces[0], faces[1])
	return v, nil
}
