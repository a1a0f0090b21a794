package recognize

import (
	"context"
	"iter"
	"math"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize/census"
	"faceid/recognize/rejection"
)

// IdentifyOptions tune IdentifyWith; nil means the zero value.
type IdentifyOptions struct {
	Target  Target          // default FAR: DefaultIdentifyFAR
	K       int             // people in Answer.Nearest at most; 0: two
	Score   gallery.Scoring // how a person's score is made from those of the templates
	Largest bool            // only the largest face of each photo
}

// Answer is the answer for one face, or for a photo without one.
type Answer struct {
	Photo   embed.Photo     // Index and Path say which
	Number  int             // of the face in the photo, from 1, the largest first; 0: the photo has no face
	Face    *embed.Face     // nil: the photo has no face
	Poor    error           // a *PoorError: too poor to tell, and Person is nil; nil: there is an answer
	Person  *gallery.Match  // nil: nobody enrolled reaches the threshold, or Tied do
	Tied    []gallery.Match // two or more who reach it, too near to each other to tell which it is; best first
	Nearest []gallery.Match // best first, whether they reach it or not
	Not     []string        // names of whom the face is not, by an example that is nearer; see Reject
	Score   float64         // of Person or the first of Tied, else of the nearest, as Threshold; 0: there is none
	Point                   // Threshold (see embed.Caution too), and the false accept rate that it stands for
	FPIR    float64         // share of strangers whom this threshold takes for somebody of this gallery; NaN: not known
}

// Identify answers for every face of the photos who of the gallery it is: the sequence has one answer per face, in the
// order of the photos, the largest face first. A photo that cannot be read is a *PhotoError beside an answer that holds
// its path, and does not end the sequence. Any other error ends it, ctx's included.
func (r *Recognizer) Identify(ctx context.Context, in iter.Seq[embed.Input]) iter.Seq2[Answer, error] {
	return r.IdentifyWith(ctx, in, nil)
}

// IdentifyWith is Identify with options.
func (r *Recognizer) IdentifyWith(ctx context.Context, in iter.Seq[embed.Input],
	o *IdentifyOptions) iter.Seq2[Answer, error] {
	if o == nil {
		o = &IdentifyOptions{}
	}
	return func(yield func(Answer, error) bool) {
		e, info, p, err := r.enrolled(ctx)
		if err != nil {
			yield(Answer{}, err)
			return
		}
		at, err := r.scored(ctx, e, info, p, o.Target.or(DefaultIdentifyFAR), o.Score)
		if err != nil {
			yield(Answer{}, err)
			return
		}
		fpir, err := r.strangers(ctx, at, o.Score)
		if err != nil {
			yield(Answer{}, err)
			return
		}
		for photo := range p.Run(ctx, in) {
			if photo.Err != nil {
				if ctx.Err() != nil {
					break
				}
				if !yield(Answer{Photo: photo, Point: at, FPIR: fpir}, &PhotoError{photo.Path, photo.Err}) {
					return
				}
				continue
			}
			answers, err := identify(ctx, e, p, photo, at, o)
			if err != nil {
				yield(Answer{Photo: photo, Point: at, FPIR: fpir}, err)
				return
			}
			for _, a := range answers {
				a.FPIR = fpir
				if !yield(a, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Answer{}, err)
		}
	}
}

// identify searches for the faces of a photo at once.
func identify(ctx context.Context, e gallery.Engine, p *Pipeline, photo embed.Photo, at Point,
	o *IdentifyOptions) ([]Answer, error) {
	faces := photo.Faces
	if len(faces) == 0 {
		return []Answer{{Photo: photo, Point: at}}, nil
	}
	if o.Largest {
		faces = faces[:1]
	}
	probes := make([][]float32, len(faces))
	for i, f := range faces {
		probes[i] = f.Embedding
	}
	k := max(o.K, 2)
	found, err := at.search(ctx, e, probes, k+besides, o.Score, p.weight)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(faces))
	for i := range faces {
		out[i] = Answer{Photo: photo, Number: i + 1, Face: &faces[i], Poor: poor(faces[i]),
			Nearest: found[i], Point: at}
		if err := out[i].setAside(ctx, e, k); err != nil {
			return nil, err
		}
		if err := out[i].decide(ctx, e, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tieNoise is the difference of two people's scores that says nothing of which of them it is: a photo saved anew moves
// a score by as much. On LFW's people with even numbers, of 3,426 photos the answer is then one of two names for nine,
// for six of which the first was right; without it 16 of 3,426 get a wrong name, with it 13.
const tieNoise = 0.03

// decide is the verdict: of the nearest people the first that is near enough, unless others are as near; never a name
// for a face that is too poor to tell. Near enough is the threshold, and embed.Caution above it where the face or the
// template is of little quality: so one blurred template does not collect every blurred stranger, nor hide a good one
// of somebody else.
func (a *Answer) decide(ctx context.Context, e gallery.Engine, p *Pipeline) error {
	at := a.Threshold
	for i := range a.Nearest {
		if a.Person != nil && a.Score-census.ScoreOf(a.Nearest[i]) >= tieNoise {
			break
		}
		m := &a.Nearest[i]
		score, need := census.ScoreOf(*m), at
		if score >= at && !a.Given && a.Poor == nil {
			u, err := p.usable(ctx, e, m)
			if err != nil {
				return err
			}
			need += embed.Caution(a.Face.Quality.Usable, u)
		}
		named := score >= need && a.Poor == nil && !slices.Contains(a.Not, m.Name)
		if a.Person == nil && (i == 0 || named) {
			a.Score, a.Threshold = score, need
		}
		if named {
			a.Tied = append(a.Tied, *m)
			if a.Person == nil {
				a.Person = m
			}
		}
		if score < at {
			break
		}
	}
	if len(a.Tied) > 1 {
		a.Person = nil
	} else {
		a.Tied = nil
	}
	return nil
}

// weight is what a template counts for beside others of the same person.
func (p *Pipeline) weight(t gallery.Template) float32 {
	if t.Trunk == nil {
		return 1
	}
	return p.Embedder.Usable(t.Trunk)
}

// usable is embed.Quality.Usable of the template that m was found by; 1 where the gallery does not tell.
func (p *Pipeline) usable(ctx context.Context, e gallery.Engine, m *gallery.Match) (float32, error) {
	for t, err := range e.Templates(ctx, m.PersonID) {
		if err != nil || t.ID == m.TemplateID {
			return p.weight(t), err
		}
	}
	return 1, nil
}

// strangers is Strangers, of which nothing is known where people are not scored as a calibration scores them.
func (r *Recognizer) strangers(ctx context.Context, at Point, s gallery.Scoring) (float64, error) {
	share, _, err := r.Strangers(ctx, at)
	if s != gallery.ScoreTogether {
		share = math.NaN()
	}
	return share, err
}

// Strangers is the share of strangers whom Identify would take for somebody at this point (FPIR): by the gallery's
// calibration, else from the number enrolled and the false accept rate of a pair; NaN where that is not known.
func (r *Recognizer) Strangers(ctx context.Context, at Point) (share float64, people int, err error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return 0, 0, err
	}
	info, err := rejection.Info(ctx, e)
	if err != nil {
		return 0, 0, err
	}
	c, err := calibrationOf(ctx, e, info)
	if err == nil && c != nil {
		if at.Normalised() {
			c = c.Normalised()
		}
		return census.StrangersAt(c, info.People, at.Threshold), info.People, nil
	}
	return FalsePositive(at.FAR, info.People), info.People, err
}
