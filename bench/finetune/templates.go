package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strings"

	"faceid/eval"
	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/gallery"
	"faceid/internal/f32"
	"faceid/internal/gemm"
)

// templateRow is one way to score a person with several photos, and what it finds.
type templateRow struct {
	Set    string   `json:"set"`
	Photos int      `json:"photos"` // of each person in the gallery
	Way    string   `json:"way"`
	Clean  float64  `json:"clean_tpir"` // found at FPIR 1e-2
	Low    *float64 `json:"lowres_tpir,omitempty"`
}

// ways to score, as templates prints them. The head is the class weight, of a layer trained on the gallery.
// Together is how identify scores by default, without its weights of poor photos.
var ways = []string{"best template", "mean of the scores", "mean template", "mean by norm", "together", "best, tuned",
	"mean template, tuned", "together, tuned", "head"}

// templates enrols people with two to eight good photos each, and searches for other photos of each, good and poor,
// among those of strangers.
func templates(ctx context.Context, o options, d *finetune.Dataset, start finetune.Layer) ([]templateRow, error) {
	fmt.Printf("\nSeveral photos of a person: known people found where 1 stranger in 100 gets a name, mean of %d "+
		"draws, per cent\n%-12s %6s  %-20s %8s %16s\n", o.templates, "people", "photos", "score", "clean",
		"low resolution")
	asian, err := southAsian(o.groups)
	if err != nil {
		log.Printf("left out: %v (name the folder with -groups)", err)
	}
	var rows []templateRow
	for _, set := range []struct {
		name                      string
		data                      *finetune.Dataset
		start                     finetune.Layer
		enrolled, strangers, most int
	}{{"LFW", d, start, 200, 1000, 1}, {"South Asian", asian, identity(512), 20, 20, 12}} {
		for _, k := range []int{2, 3, 5, 8} {
			if set.data == nil {
				continue
			}
			kinds := set.data.TestKinds()
			sum := make([][2]float64, len(ways))
			for draw := range uint64(o.templates) {
				rng := rand.New(rand.NewPCG(o.split+draw, uint64(k)))
				c := newCast(set.data, rng, k, set.enrolled, set.strangers, set.most)
				head, err := o.fit(ctx, c.gallery, set.start, string(finetune.ArcFace))
				if err != nil {
					return nil, err
				}
				for i, kind := range kinds {
					for w := range ways {
						v, err := c.found(kind, w, set.start, head)
						if err != nil {
							return nil, err
						}
						sum[w][i] += v / float64(o.templates)
					}
				}
			}
			for w, name := range ways {
				r := templateRow{Set: set.name, Photos: k, Way: name, Clean: sum[w][0]}
				poor := ""
				if len(kinds) > 1 {
					r.Low, poor = &sum[w][1], fmt.Sprintf("%.1f", 100*sum[w][1])
				}
				rows = append(rows, r)
				fmt.Printf("%-12s %6d  %-20s %8.1f %16s\n", set.name, k, name, 100*r.Clean, poor)
			}
		}
	}
	return rows, nil
}

// cast is who is enrolled, who is searched for, and who is a stranger.
type cast struct{ gallery, probes, strangers *finetune.Dataset }

// newCast enrols people with k photos each, and searches for up to most others of each and of strangers.
func newCast(d *finetune.Dataset, rng *rand.Rand, k, enrolled, strangers, most int) cast {
	photos := make([][]int32, len(d.People))
	seen := make([]bool, len(d.Photos))
	for i, ph := range d.Photo {
		if !seen[ph] {
			seen[ph] = true
			photos[d.Person[i]] = append(photos[d.Person[i]], ph)
		}
	}
	role := make([]byte, len(d.Photos))
	mark := func(list []int32, r byte) {
		for _, ph := range list[:min(len(list), most)] {
			role[ph] = r
		}
	}
	for _, p := range rng.Perm(len(photos)) {
		list := photos[p]
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		switch {
		case len(list) > k && enrolled > 0:
			enrolled--
			for _, ph := range list[:k] {
				role[ph] = 'g'
			}
			mark(list[k:], 'p')
		case strangers > 0:
			strangers--
			mark(list, 's')
		}
	}
	pick := func(r byte) *finetune.Dataset {
		return d.Select(func(i int) bool { return role[d.Photo[i]] == r })
	}
	return cast{pick('g'), pick('p'), pick('s')}
}

// found is the share of probes found at FPIR 1e-2, people scored by one of the ways.
func (c cast) found(kind string, way int, l finetune.Layer, head *finetune.Result) (float64, error) {
	var weights []float32
	var owner []string
	name, tuned := strings.CutSuffix(ways[way], ", tuned")
	if tuned || name == "head" {
		l = head.Layer
	}
	if name == "head" {
		weights, owner = head.Head.Weights, head.Head.Labels
	} else {
		weights, owner = c.templates(name, l)
	}
	unit := append([]float32(nil), weights...)
	if name != "mean of the scores" {
		for i := range owner {
			f32.Unit(unit[i*l.D : (i+1)*l.D])
		}
	}
	class := map[string]int{}
	for _, n := range owner {
		if _, ok := class[n]; !ok {
			class[n] = len(class)
		}
	}
	sums := make([][]float32, len(class)) // of each person's templates
	for j, n := range owner {
		k := class[n]
		if sums[k] == nil {
			sums[k] = make([]float32, l.D)
		}
		for i, x := range unit[j*l.D : (j+1)*l.D] {
			sums[k][i] += x
		}
	}
	var trials []eval.Trial
	for _, who := range []*finetune.Dataset{c.probes, c.strangers} {
		v := who.Views(kind, len(c.gallery.Kinds) > 1)
		e := dense.Embed(v, l)
		for i := range v.Len() {
			scores := make([]float64, len(class))
			for k := range scores {
				scores[k] = math.Inf(-1)
			}
			for j, n := range owner {
				var dot float64
				for k, x := range unit[j*l.D : (j+1)*l.D] {
					dot += float64(x) * float64(e.Row(i)[k])
				}
				scores[class[n]] = max(scores[class[n]], dot)
			}
			if name == "together" {
				for k, sum := range sums {
					scores[k] = float64(gallery.TogetherScore(float32(scores[k]), e.Row(i), sum))
				}
			}
			mate, ok := class[v.People[v.Person[i]]]
			if !ok {
				mate = -1
			}
			t, err := eval.NewTrial(len(trials), scores, mate)
			if err != nil {
				return 0, err
			}
			trials = append(trials, t)
		}
	}
	open, err := eval.OpenSet(trials)
	if err != nil {
		return 0, err
	}
	fnir, _ := open.FNIRAtFPIR(1e-2)
	return 1 - fnir, nil
}

// templates are the gallery's, one per photo or one per person, with the people's names.
func (c cast) templates(way string, l finetune.Layer) (rows []float32, owner []string) {
	v := c.gallery.Views(finetune.KindClean, len(c.gallery.Kinds) > 1)
	e := dense.Embed(v, l)
	raw := make([]float32, l.D)
	sums, n := make([]float32, len(v.People)*l.D), make([]float32, len(v.People))
	for i := range v.Len() {
		p := int(v.Person[i])
		if strings.HasPrefix(way, "best") || way == "together" {
			rows, owner = append(rows, e.Row(i)...), append(owner, v.People[p])
			continue
		}
		w := float32(1)
		if way == "mean by norm" { // the length before it is made 1 tells good photos from poor ones
			l.Affine(gemm.Matrix(raw, 1, l.D), gemm.Matrix(v.Row(i), 1, v.T))
			w = float32(f32.Unit(raw))
		}
		n[p]++
		for k, x := range e.Row(i) {
			sums[p*l.D+k] += w * x
		}
	}
	if rows != nil {
		return rows, owner
	}
	for i := range sums {
		sums[i] /= max(1, n[i/l.D])
	}
	return sums, v.People
}
