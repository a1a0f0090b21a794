package gate

// weights say what a pair counts. Weighed by people every person's genuine pairs together count the same, and so do the
// pairs of any two people that meet; else every pair counts 1.
type weights struct {
	byPeople          bool
	probes, templates []int // photos of each person
	times             []int // rounds in which a person probes
	others            []int // people with templates that a person's probes meet, over all rounds
	searchers         []int // people whose probes meet a person's templates
	judges            int   // people with genuine pairs
}

func (p *Panel) weights(byPeople bool) *weights {
	ints := func() []int { return make([]int, p.people) }
	w := &weights{byPeople: byPeople, probes: ints(), templates: ints(), times: ints(), others: ints(),
		searchers: ints()}
	for _, m := range p.rounds {
		probes, templates := m.probes.Rows(), m.gallery.Rows()
		searching, searched := 0, 0
		for q := range p.people {
			searching += btoi(probes[q] > 0)
			searched += btoi(templates[q] > 0)
		}
		for q := range p.people {
			if probes[q] > 0 {
				w.probes[q] = probes[q]
				w.times[q]++
				w.others[q] += searched - btoi(templates[q] > 0)
			}
			if templates[q] > 0 {
				w.templates[q] = templates[q]
				w.searchers[q] += searching - btoi(probes[q] > 0)
			}
		}
	}
	for q := range p.people {
		w.judges += btoi(w.judge(q))
	}
	return w
}

// judge says whether a person has genuine pairs.
func (w *weights) judge(q int) bool { return w.probes[q] > 0 && w.templates[q] > 1 }

func (w *weights) genuine(q int32) float64 {
	if !w.byPeople {
		return 1
	}
	return 1 / float64(w.probes[q]*(w.templates[q]-1))
}

func (w *weights) impostor(probe, template int32) float64 {
	if !w.byPeople {
		return 1
	}
	return 1 / float64(w.probes[probe]*w.templates[template])
}
