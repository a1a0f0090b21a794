package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/finetune/gate"
)

// noise is what wrong names among the training photos cost at low resolution.
type noise struct {
	Share  float64    `json:"share"` // of the photos that are under another's name
	Mean   noiseRow   `json:"mean"`
	Splits []noiseRow `json:"splits"`
	Found  found      `json:"found_with_right_names"`
}

// found is how much of the data as it is the command would call wrong.
type found struct {
	Suspects int `json:"photos_of_another"`
	Lone     int `json:"photos_of_nobody"`
	Twice    int `json:"people_twice"`
}

func (n *noise) look(d *finetune.Dataset, start finetune.Layer) {
	_, f := d.Tidy(start, false, dense.Mend)
	n.Found = found{len(f.Suspects), len(f.Lone), len(f.Twice)}
	fmt.Printf("\nOf %d photos of %d people, as they are, %d look like another's, %d like nobody's; %d people look "+
		"like another\n",
		len(d.Photos), len(d.People), n.Found.Suspects, n.Found.Lone, n.Found.Twice)
}

// noiseRow are rates of people who were not trained on, and counts of training photos.
type noiseRow struct {
	Split   uint64  `json:"split,omitempty"`
	Right2  float64 `json:"tar_1e2_right_names"` // trained with all names right
	Wrong2  float64 `json:"tar_1e2_wrong_names"` // trained with some wrong, tidied as finetune.Run does
	Change2 float64 `json:"change_1e2"`
	Right3  float64 `json:"tar_1e3_right_names"`
	Wrong3  float64 `json:"tar_1e3_wrong_names"`
	Change3 float64 `json:"change_1e3"`
	Drawn   float64 `json:"photos_under_another_name"`
	Left    float64 `json:"photos_trained_under_another_name"` // after tidying
}

// add trains once more on a division of the people, with wrong names; right is what right names reached.
func (n *noise) add(ctx context.Context, o options, d *finetune.Dataset, start finetune.Layer, loss string, seed uint64,
	right gate.Figures) error {

	row := noiseRow{Split: seed, Right2: right.TAR1e2, Right3: right.TAR1e3}
	c, err := o.divide(ctx, d, start, loss, seed, func(d *finetune.Dataset) *finetune.Dataset {
		wrong := mislabel(d, n.Share, seed)
		tidy, _ := wrong.Tidy(start, false, dense.Mend)
		row.Drawn, row.Left = misnamed(d, wrong), misnamed(d, tidy)
		return tidy
	})
	if err != nil {
		return err
	}
	row.Wrong2, row.Wrong3 = c.after[1].TAR1e2, c.after[1].TAR1e3
	row.Change2, row.Change3 = row.Wrong2-row.Right2, row.Wrong3-row.Right3
	n.Splits = append(n.Splits, row)
	return nil
}

func (n *noise) print() {
	n.sum()
	fmt.Printf("\nLow resolution, %g %% of the training photos under another's name; TAR in %%, changes in points\n"+
		"%6s  %26s  %26s  %17s\n%6s  %8s %8s %8s  %8s %8s %8s  %8s %8s\n", 100*n.Share,
		"", "at FAR 1e-2, names", "at FAR 1e-3, names", "photos misnamed",
		"split", "right", "wrong", "change", "right", "wrong", "change", "drawn", "trained")
	row := func(name any, r noiseRow) {
		fmt.Printf("%6v  %8.2f %8.2f %+8.2f  %8.2f %8.2f %+8.2f  %8.0f %8.0f\n", name, 100*r.Right2, 100*r.Wrong2,
			100*r.Change2, 100*r.Right3, 100*r.Wrong3, 100*r.Change3, r.Drawn, r.Left)
	}
	for _, r := range n.Splits {
		row(r.Split, r)
	}
	row("mean", n.Mean)
}

func (n *noise) sum() {
	m := &n.Mean
	for _, r := range n.Splits {
		for to, v := range map[*float64]float64{&m.Right2: r.Right2, &m.Wrong2: r.Wrong2, &m.Change2: r.Change2,
			&m.Right3: r.Right3, &m.Wrong3: r.Wrong3, &m.Change3: r.Change3, &m.Drawn: r.Drawn, &m.Left: r.Left} {
			*to += v / float64(len(n.Splits))
		}
	}
}

// mislabel gives a share of the photos to another of the people, drawn at random.
func mislabel(d *finetune.Dataset, share float64, seed uint64) *finetune.Dataset {
	rng := rand.New(rand.NewPCG(seed, 0x6c6162656c))
	to := make([]int32, len(d.Photos))
	for ph := range to {
		to[ph] = -1
		if p := rng.IntN(len(d.People)); rng.Float64() < share {
			to[ph] = int32(p)
		}
	}
	wrong := *d
	wrong.Person = append([]int32(nil), d.Person...)
	for i, ph := range d.Photo {
		if to[ph] >= 0 {
			wrong.Person[i] = to[ph]
		}
	}
	return &wrong
}

// misnamed counts the photos of d that are another's than in truth.
func misnamed(truth, d *finetune.Dataset) float64 {
	of := map[string]string{}
	for i, ph := range truth.Photo {
		of[truth.Photos[ph]] = truth.People[truth.Person[i]]
	}
	seen := make([]bool, len(d.Photos))
	n := 0.0
	for i, ph := range d.Photo {
		if !seen[ph] && d.People[d.Person[i]] != of[d.Photos[ph]] {
			n++
		}
		seen[ph] = true
	}
	return n
}
