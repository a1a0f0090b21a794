package curate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/advice"
	"faceid/recognize/rejection"
	"faceid/recognize/tidy"
)

// Fault is something wrong with the gallery, and what mends it.
type Fault struct {
	Kind      tidy.Kind `json:"kind"`
	Person    Named     `json:"person"`
	Templates []Kept    `json:"templates"`       // of the person: those at fault; of two people the most alike one
	Other     *Named    `json:"other,omitempty"` // the other person
	With      *Kept     `json:"with,omitempty"`  // the other one's most alike template
	Score     float64   `json:"score"`           // with Other; apart: with the rest of the person; poor: how usable
	Chance    float64   `json:"chance"`          // share of pairs of strangers who score so high; 1: there is no Other
	Own       *float64  `json:"own,omitempty"`   // with the rest of the person; nil: there is no rest
	Mend      []string  `json:"mend,omitempty"`  // commands, of which one is right
}

// Named is a person by name and id.
type Named struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Kept is a template that the gallery keeps.
type Kept struct {
	ID   int64  `json:"id"`
	Path string `json:"path,omitempty"` // of the photo, where it was when it was enrolled

	box embed.Box
}

// Examination is what Examine found.
type Examination struct {
	People    int     `json:"people"` // with a template
	Templates int     `json:"templates"`
	Threshold float64 `json:"threshold"` // that answers go by
	FAR       float64 `json:"far"`       // that it stands for
	Faults    []Fault `json:"faults"`    // by kind, the surest first
	// why the gallery's model is not here, by which poor templates are told; or nil
	NoModel error `json:"-"`
}

// Count is the number of faults of a kind.
func (x *Examination) Count(k tidy.Kind) (n int) {
	for _, f := range x.Faults {
		if f.Kind == k {
			n++
		}
	}
	return n
}

// Examine finds the faults of the gallery: photos enrolled twice, people under two names, photos under a wrong name or
// of nobody's, poor ones, and people whom the threshold cannot tell apart; see package tidy. Faces that Reject keeps
// are passed over. progress is told the share of the work behind; nil: no report.
func Examine(ctx context.Context, r *recognize.Recognizer, progress func(done float64)) (*Examination, error) {
	e, p, err := r.InUse(ctx)
	x := &Examination{Faults: []Fault{}}
	switch {
	case errors.Is(err, recognize.ErrNoneYet) || errors.Is(err, recognize.ErrNobody):
		return nil, err
	case err != nil: // a gallery can be examined without its model
		x.NoModel = err
		if e, err = r.Gallery(ctx); err != nil {
			return nil, err
		}
	}
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	not, err := rejection.Aside(ctx, e)
	if err != nil {
		return nil, err
	}
	var g tidy.Gallery
	var kept []Kept
	var people []Named
	for t, err := range e.Templates(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if not[t.PersonID] {
			continue
		}
		if n := len(people); n == 0 || people[n-1].ID != t.PersonID {
			people = append(people, Named{ID: t.PersonID})
		}
		usable := float32(1)
		if t.Trunk != nil && p != nil {
			usable = p.Embedder.Usable(t.Trunk)
		}
		if err := g.Add(len(people)-1, t.Embedding, t.Source.SHA256, usable); err != nil {
			return nil, fmt.Errorf("template %d: %w", t.ID, err)
		}
		b := t.Source.Box
		kept = append(kept, Kept{t.ID, t.Source.Path, embed.Box{X0: b[0], Y0: b[1], X1: b[2], Y1: b[3]}})
	}
	x.People, x.Templates = len(people), g.Len()
	curve, err := r.Curve(ctx, e, info.Model)
	if err != nil {
		return nil, err
	}
	x.FAR = recognize.DefaultIdentifyFAR
	x.Threshold = curve.Threshold(x.FAR)
	if p != nil {
		at, err := r.PairPoint(ctx, p, recognize.Target{FAR: x.FAR})
		if err != nil {
			return nil, err
		}
		x.Threshold, x.FAR = at.Threshold, at.FAR
	}
	found, err := tidy.Examine(ctx, &g, curve, &tidy.Options{InUse: x.Threshold, Progress: progress})
	if err != nil {
		return nil, err
	}
	merged := merges{}
	for _, f := range found {
		for _, i := range []int{f.Person, f.Other} {
			if i >= 0 && people[i].Name == "" {
				who, err := e.Person(ctx, people[i].ID)
				if err != nil && !errors.Is(err, gallery.ErrNoPerson) { // removed meanwhile
					return nil, err
				}
				people[i].Name = who.Name
			}
		}
		out := faultOf(&f, people, kept)
		if f.Kind == tidy.Twice {
			into, from := merged.root(out.Person.ID), merged.root(out.Other.ID)
			into, from = min(into, from), max(into, from)
			merged[from] = into
			out.Mend = []string{fmt.Sprintf("faceid gallery merge '#%d' '#%d'", into, from)}
		}
		for i, m := range out.Mend {
			out.Mend[i] = advice.Paste(m, r.Options().Gallery)
		}
		x.Faults = append(x.Faults, out)
	}
	return x, nil
}

// merges are people who are another one by the time that the merges before have run.
type merges map[int64]int64

func (m merges) root(id int64) int64 {
	for m[id] != 0 {
		id = m[id]
	}
	return id
}

func faultOf(f *tidy.Fault, people []Named, kept []Kept) Fault {
	out := Fault{Kind: f.Kind, Person: people[f.Person], Score: f.Score, Chance: f.Chance}
	for _, t := range f.Templates {
		out.Templates = append(out.Templates, kept[t])
	}
	ids := idsOf(f.Templates, kept)
	if f.Other >= 0 {
		out.Other = &people[f.Other]
	}
	if f.With >= 0 {
		out.With = &kept[f.With]
	}
	if !math.IsNaN(f.Own) {
		out.Own = &f.Own
	}
	switch f.Kind {
	case tidy.Copy:
		out.Mend = []string{remove + ids}
		if f.Other != f.Person { // whose photo it is
			out.Mend = append(out.Mend, fmt.Sprint(remove, out.With.ID))
		}
	case tidy.Misfiled:
		out.Mend = []string{fmt.Sprintf("faceid gallery move %s '#%d'", ids, out.Other.ID)}
	case tidy.Apart:
		out.Mend = apart(f, kept)
	case tidy.Poor:
		out.Mend = []string{remove + ids}
	}
	return out
}

const remove = "faceid gallery remove --template "

// apart are the mends of templates that hold together with nothing else of their person. Several that do with each
// other are most likely somebody else's good photos; and of two people under one name either may keep it.
func apart(f *tidy.Fault, kept []Kept) []string {
	groups := f.Unclear
	if groups == nil {
		groups = [][]int{f.Templates}
	}
	var moves, removes []string
	for _, g := range groups {
		ids := idsOf(g, kept)
		moves, removes = append(moves, "faceid gallery move "+ids+" --new NAME"), append(removes, remove+ids)
	}
	slices.Reverse(moves) // who came last is the likelier one to go
	switch several := len(groups[0]) > 1; {
	case several && f.Unclear != nil:
		return moves
	case several:
		return append(moves, removes...)
	}
	return append(removes, moves...)
}

// idsOf are the numbers of templates as a command takes them.
func idsOf(templates []int, kept []Kept) string {
	ids := make([]string, len(templates))
	for i, t := range templates {
		ids[i] = fmt.Sprint(kept[t].ID)
	}
	return strings.Join(ids, " ")
}
