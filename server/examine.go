package server

import (
	"faceid/recognize"
	"faceid/recognize/census"
	"faceid/recognize/curate"
	"faceid/recognize/rejection"
	"faceid/recognize/tidy"
	"faceid/server/host"
)

// percent reports shares of work.
func (c *call) percent(step string) func(done float64) {
	return func(done float64) { host.Report(c.ctx, step, int(100*done), 100) }
}

type faultsJSON struct {
	People    int         `json:"people"` // with a face
	Faces     int         `json:"faces"`
	Threshold float64     `json:"threshold"` // that answers go by
	FAR       *float64    `json:"far"`       // that it stands for
	Faults    []faultJSON `json:"faults"`    // by kind, the surest first
}

// faultJSON is something wrong with the collection.
type faultJSON struct {
	Kind   tidy.Kind  `json:"kind"`
	Person namedJSON  `json:"person"`
	Faces  []int64    `json:"face_ids"`               // of the person: those at fault; of two people the most alike one
	Other  *namedJSON `json:"other,omitempty"`        // the other person
	With   int64      `json:"with_face_id,omitempty"` // the other one's most alike face
	Score  float64    `json:"score"`                  // with the other; of a poor face: how usable it is
	Own    *float64   `json:"own,omitempty"`          // with the rest of the person
}

type namedJSON struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// faults examines the collection: people under two names, photos under a wrong name, poor ones.
func (c *call) faults() error {
	return c.work(func(r *recognize.Recognizer) error {
		x, err := curate.Examine(c.ctx, r, c.percent("faces compared"))
		if err != nil {
			return err
		}
		out := faultsJSON{x.People, x.Templates, x.Threshold, known(x.FAR), []faultJSON{}}
		for _, f := range x.Faults {
			j := faultJSON{Kind: f.Kind, Person: namedJSON(f.Person), Faces: []int64{}, Score: f.Score, Own: f.Own}
			for _, t := range f.Templates {
				j.Faces = append(j.Faces, t.ID)
			}
			if f.Other != nil {
				other := namedJSON(*f.Other)
				j.Other = &other
			}
			if f.With != nil {
				j.With = f.With.ID
			}
			out.Faults = append(out.Faults, j)
		}
		return c.reply(200, out)
	})
}

type scoresJSON struct {
	census.Scores
	Bins  int       `json:"bins"`  // of each histogram, from -1 to 1
	Point pointJSON `json:"point"` // what scores are compared with unless another rate is asked for
}

// scores are histograms of the scores of the people enrolled, with the thresholds in them.
func (c *call) scores() error {
	return c.work(func(r *recognize.Recognizer) error {
		e, p, err := r.InUse(c.ctx)
		if err != nil {
			return err
		}
		at, err := r.PairPoint(c.ctx, p, recognize.Target{FAR: recognize.DefaultIdentifyFAR})
		if err != nil {
			return err
		}
		aside, err := rejection.Aside(c.ctx, e)
		if err != nil {
			return err
		}
		g, err := census.Take(c.ctx, e, aside)
		if err != nil {
			return err
		}
		s, err := g.Scores(c.ctx, e, c.percent("scores"))
		if err != nil {
			return err
		}
		return c.reply(200, scoresJSON{*s, census.Bins, pointOf(at)})
	})
}
