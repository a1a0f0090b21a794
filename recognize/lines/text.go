package lines

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"faceid/embed"
	"faceid/finetune/openset"
	"faceid/gallery"
	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/recognize"
	"faceid/recognize/census"
)

// What JSON says to a script, these say to people.

// WriteIdentified writes the answer for a face, and the k nearest people where k is more than one.
func WriteIdentified(w io.Writer, r recognize.Answer, k int) error {
	var b bytes.Buffer
	where := r.Photo.Path
	if len(r.Photo.Faces) > 1 {
		where = fmt.Sprintf("%s face %d at (%.0f, %.0f)", r.Photo.Path, r.Number, r.Face.Box.X0, r.Face.Box.Y0)
	}
	switch {
	case r.Face == nil:
		plain.Fprintf(&b, "%s: no face\n", where)
	case len(r.Nearest) > 0:
		plain.Fprintf(&b, "%s: %s\n", where, verdictOf(r))
	}
	for i, m := range r.Nearest[:min(k, len(r.Nearest))] {
		if k > 1 {
			plain.Fprintf(&b, "  %d. %-30s %s\n", i+1, m.Name, scores(m))
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// scores is "0.512", and with a cohort "0.471 (cosine 0.512)".
func scores(m gallery.Match) string {
	if m.Normalised == nil {
		return fmt.Sprintf("%.3f", m.Score)
	}
	return fmt.Sprintf("%.3f (cosine %.3f)", *m.Normalised, m.Score)
}

// ScoreOf is "score 0.512", and with a cohort "score 0.471, cosine 0.512".
func ScoreOf(v recognize.Verdict) string {
	if v.Normalised == nil {
		return fmt.Sprintf("score %.3f", v.Score)
	}
	return fmt.Sprintf("score %.3f, cosine %.3f", *v.Normalised, v.Score)
}

// AgainstOf is what the score of v is held against; no threshold holds for a face that is too poor to tell.
func AgainstOf(v recognize.Verdict) string {
	if v.Poor != nil {
		return "which says nothing of such a face"
	}
	return fmt.Sprintf("threshold %.3f: %s", v.Threshold, v.Point.Words())
}

// verdictOf says whom the nearest of a face make it.
func verdictOf(r recognize.Answer) string {
	switch best := r.Nearest[0].Name; {
	case r.Poor != nil:
		return fmt.Sprintf("%s  (nearest is %s with %.3f, which says nothing of such a face)", r.Poor, best, r.Score)
	case r.Tied != nil:
		return fmt.Sprintf("%s  (scores %.3f to %.3f, too near to tell; faceid gallery doctor may say why)",
			tied(r), census.ScoreOf(r.Tied[0]), census.ScoreOf(r.Tied[len(r.Tied)-1]))
	case r.Person == nil:
		return fmt.Sprintf("unknown  (nearest is %s with %s, threshold %.3f)", best, scores(r.Nearest[0]), r.Threshold)
	case len(r.Nearest) == 1:
		return fmt.Sprintf("%s  (score %s, threshold %.3f)", best, scores(r.Nearest[0]), r.Threshold)
	}
	next := r.Nearest[0] // nearer, by a template too poor to be named by
	if next.PersonID == r.Person.PersonID {
		next = r.Nearest[1]
	}
	return fmt.Sprintf("%s  (score %s, threshold %.3f; next %s with %s)", r.Person.Name, scores(*r.Person), r.Threshold,
		next.Name, scores(next))
}

// tied is "Ada or Kofi".
func tied(r recognize.Answer) string {
	var names []string
	for _, m := range r.Tied {
		names = append(names, m.Name)
	}
	return strings.Join(names, " or ")
}

// WriteByHead writes a head's answer for a face, and all nearest people where k is more than one.
func WriteByHead(w io.Writer, r recognize.HeadAnswer, k int) error {
	var b bytes.Buffer
	if r.Face == nil {
		plain.Fprintf(&b, "%s: no face\n", r.Photo.Path)
		_, err := b.WriteTo(w)
		return err
	}
	best, limit := r.Nearest[0], "no limit"
	who := best.Label
	if r.Person == nil {
		who = "unknown, nearest " + best.Label
	}
	if r.FPIR.Distance > 0 {
		limit = fmt.Sprintf("limit %.3f", r.FPIR.Distance)
	}
	if plain.Fprintf(&b, "%s face %d: ", r.Photo.Path, r.Number); r.Poor != nil {
		plain.Fprintf(&b, "%s  (nearest is %s with %.3f, which says nothing of such a face)\n", r.Poor, best.Label,
			best.Cosine)
	} else {
		plain.Fprintf(&b, "%s  (cosine %.3f, probability %.2f among those trained, distance to the centre %.3f, %s)\n",
			who, best.Cosine, best.Probability, best.Distance, limit)
	}
	for i, c := range r.Nearest {
		if k > 1 {
			plain.Fprintf(&b, "  %d. %-30s %.3f\n", i+1, c.Label, c.Cosine)
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// HeadStrangers says what answers of a head of so many people are worth, where an FPIR of asked was asked for; 0: none.
func HeadStrangers(r openset.Rate, asked float64, people int) string {
	switch {
	case r.FPIR == 1:
		return "nobody was kept out when this head was trained, so it cannot tell strangers: everybody gets a name"
	case math.IsNaN(r.FPIR):
		return "how many strangers this head takes for somebody is not known: an older version trained it"
	}
	// See openset.Thresholds: of the kinds of views that training judged by, the one counts at which most pass.
	looser := ""
	if asked > r.FPIR*(1+1e-9) {
		looser = fmt.Sprintf("; it has no threshold for %s", words.Percent(asked))
	}
	return fmt.Sprintf("with %s in the head, about %s (%s) of strangers like those kept out of its training would be "+
		"taken for somebody in photos like the views that it found hardest; in clearer ones usually fewer%s",
		words.Plural(people, "person", "people"), words.Percent(r.FPIR), words.Interval(r.Low, r.High), looser)
}

// WriteDetected writes the faces of a photo.
func WriteDetected(w io.Writer, p embed.Photo) error {
	var b bytes.Buffer
	plain.Fprintf(&b, "%s: %s  (%d × %d pixels)\n", p.Path, words.Plural(len(p.Faces), "face", "faces"),
		p.Width, p.Height)
	for i, f := range p.Faces {
		q, turned := f.Quality, ""
		if f.Turn != 0 {
			turned = fmt.Sprintf("  turned by %d°", f.Turn)
		}
		plain.Fprintf(&b,
			"  %d. %.0f × %.0f at (%.0f, %.0f)  score %.2f  sharpness %.2f  frontal %.2f  usable %.2f%s\n",
			i+1, f.Box.X1-f.Box.X0, f.Box.Y1-f.Box.Y0, f.Box.X0, f.Box.Y0, q.Score, q.Sharpness, q.Frontal, q.Usable,
			turned)
	}
	_, err := b.WriteTo(w)
	return err
}

// WriteText writes who it is, and the templates.
func (p Person) WriteText(w io.Writer) error {
	var b bytes.Buffer
	plain.Fprintf(&b, "#%d %s\n", p.ID, p.Name)
	if p.Metadata != nil {
		plain.Fprintf(&b, "  %s\n", p.Metadata)
	}
	for _, t := range p.Templates {
		plain.Fprintf(&b, "  template %d  %.0f px, sharpness %.2f, frontal %.2f  %s\n", t.ID,
			t.Quality.Size, t.Quality.Sharpness, t.Quality.Frontal, t.Source.Path)
	}
	_, err := b.WriteTo(w)
	return err
}
