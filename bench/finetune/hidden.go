package main

import (
	"context"
	"fmt"

	"faceid/finetune"
	"faceid/finetune/gate"
)

// hidden is what training brings where the lower half of the probes' faces is under a mask, against clean photos, at
// FAR 1e-3. Whoever has n photos has n² pairs: one person with 530 photos is up to five sixths of all pairs. So people
// weigh alike, too.
type hidden struct {
	Pairs  weighed `json:"pairs_alike"`
	People weighed `json:"people_alike"`
}

type weighed struct {
	Mean hiddenRow `json:"mean"` // of the divisions, factors included
	// after by before, and 1 by before, of the divisions' means
	RatioOfMeans float64     `json:"x_of_means"`
	MostOfMeans  float64     `json:"x_of_means_most"`
	Splits       []hiddenRow `json:"splits"`
}

type hiddenRow struct {
	Split   uint64  `json:"split,omitempty"`
	Before  float64 `json:"tar_1e3_before"`
	After   float64 `json:"tar_1e3_after"`
	Factor  float64 `json:"x"`
	Most    float64 `json:"x_most"`       // if every masked face were found
	Found   float64 `json:"missed_found"` // share of the pairs missed before that are found after
	CleanTo float64 `json:"clean_change"` // of TAR at FAR 1e-3 on clean photos
	// x of a layer trained on the tested people themselves, clean photos not held
	Ceiling float64 `json:"x_trained_on_them,omitempty"`
}

func (h *hidden) add(seed uint64, c *change, start finetune.Layer) {
	h.Pairs.add(seed, c.before, c.after)
	var before, after []gate.Figures
	for _, p := range gate.Panels(c.test, false, nil) {
		before, after = append(before, p.Figures(start)), append(after, p.Figures(c.layer))
	}
	h.People.add(seed, before, after)
}

func (w *weighed) add(seed uint64, before, after []gate.Figures) {
	b, a := before[1].TAR1e3, after[1].TAR1e3
	clean := after[0].TAR1e3 - before[0].TAR1e3
	w.Splits = append(w.Splits, hiddenRow{seed, b, a, a / b, 1 / b, (a - b) / (1 - b), clean, 0})
}

// ceiling trains on the tested people of the last division, to see how much of the room up to "at most" one layer has.
func (h *hidden) ceiling(ctx context.Context, o options, test *finetune.Dataset, start finetune.Layer) error {
	c := config(string(finetune.ArcFace), o.trainSeed)
	c.KeepClean, c.ValPeople, c.ProbeShare = 0, 0, 0
	t, err := finetune.Train(ctx, test, start, c)
	if err != nil {
		return err
	}
	pairs, err := gate.Compare(test, t.Layer, false)
	if err != nil {
		return err
	}
	last := func(w *weighed, f gate.Figures) {
		r := &w.Splits[len(w.Splits)-1]
		r.Ceiling = f.TAR1e3 / r.Before
	}
	last(&h.Pairs, pairs[1])
	last(&h.People, gate.Panels(test, false, nil)[1].Figures(t.Layer))
	return nil
}

func (w *weighed) sum() {
	m := &w.Mean
	n := float64(len(w.Splits))
	for _, r := range w.Splits {
		m.Before, m.After, m.CleanTo = m.Before+r.Before/n, m.After+r.After/n, m.CleanTo+r.CleanTo/n
		m.Factor, m.Most, m.Found = m.Factor+r.Factor/n, m.Most+r.Most/n, m.Found+r.Found/n
		m.Ceiling += r.Ceiling / n
	}
	w.RatioOfMeans, w.MostOfMeans = m.After/m.Before, 1/m.Before
}

func (h *hidden) print() {
	h.Pairs.sum()
	h.People.sum()
	fmt.Printf("\nLower face hidden, TAR at FAR 1e-3; changes in points\n%6s  %45s   %45s\n", "", "every pair alike",
		"every person alike")
	head := fmt.Sprintf("%7s %7s %6s %7s %7s %6s", "before", "after", "", "at most", "found", "clean")
	fmt.Printf("%6s  %s   %s\n", "split", head, head)
	row := func(r hiddenRow) string {
		return fmt.Sprintf("%7.4f %7.4f %5.2f× %6.2f× %5.0f %% %+6.2f", r.Before, r.After, r.Factor, r.Most,
			100*r.Found, 100*r.CleanTo)
	}
	for i, r := range h.Pairs.Splits {
		fmt.Printf("%6d  %s   %s\n", r.Split, row(r), row(h.People.Splits[i]))
	}
	fmt.Printf("%6s  %s   %s\n", "mean", row(h.Pairs.Mean), row(h.People.Mean))
	of := func(w weighed) string {
		return fmt.Sprintf("%15s %5.2f× %6.2f× %14s", "", w.RatioOfMeans, w.MostOfMeans, "")
	}
	fmt.Printf("%-6s  %s   %s\n", "of means", of(h.Pairs), of(h.People))
	if c := h.Pairs.Mean.Ceiling; c > 0 {
		fmt.Printf("trained on the tested people themselves, mean: %.2f× with every pair alike, %.2f× with every "+
			"person alike\n", c, h.People.Mean.Ceiling)
	}
}
