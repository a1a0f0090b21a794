package census

import (
	"errors"

	"faceid/eval"
)

// ErrMet is the refusal to count a face twice.
var ErrMet = errors.New("the same photo, or one hardly different, is counted already")

// ErrEnrolled is the refusal of a stranger's photo that looks like somebody enrolled.
var ErrEnrolled = errors.New("looks like somebody enrolled")

// sameFace is the cosine similarity from which two faces are one person at one moment: a copy, a photo saved anew or
// the next one of a burst. It counts once, since an interval holds for people drawn each by themselves.
const sameFace = 0.9

// Faces are those that have been counted.
type Faces struct{ embeddings [][]float32 }

// Meet counts a face by its unit-length embedding, or returns ErrMet for one that was met before. Copied files need no
// check of their own: they have the same embedding.
func (f *Faces) Meet(embedding []float32) error {
	for _, e := range f.embeddings {
		if eval.Cosine(e, embedding) >= sameFace {
			return ErrMet
		}
	}
	f.embeddings = append(f.embeddings, embedding)
	return nil
}
