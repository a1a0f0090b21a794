package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"faceid/eval"
	"faceid/finetune"
	"faceid/finetune/gate"
)

// The small case: what somebody with ten people and a handful of photos gets.
const (
	smallPeople    = 10
	smallPhotos    = 10 // half of them train and are the gallery, half are probes
	smallImpostors = 500
)

// smallCase trains on ten people and prints identification before and after, as the gate decided and with force.
func smallCase(ctx context.Context, d *finetune.Dataset, start finetune.Layer, o options) error {
	part := smallSplit(d, o.split)
	gallery := d.Select(func(i int) bool { return part[d.Photo[i]] == 'g' })
	probes := d.Select(func(i int) bool { return part[d.Photo[i]] == 'p' })
	others := d.Select(func(i int) bool { return part[d.Photo[i]] == 'o' })
	t, err := finetune.Train(ctx, gallery, start, config("arcface", o.trainSeed))
	if err != nil {
		return err
	}
	fmt.Printf("\n%d people, %d photos each to train and enrol, %d as probes; %d strangers with a photo each\n",
		smallPeople, smallPhotos/2, smallPhotos-smallPhotos/2, smallImpostors)
	for _, w := range t.Split.Warnings {
		fmt.Println("  note:", w)
	}
	kept, verdict := start, "refused, the untuned model stays"
	if t.Split.Gate != nil {
		g, err := gate.Measure(t.Split.Gate, start, t.Layer, nil)
		if err != nil {
			return err
		}
		if g.Decision.Better {
			kept, verdict = t.Layer, "passed"
		}
	}
	fmt.Println("  gate:", verdict)
	fmt.Printf("  %-14s %22s %26s %22s\n", "probes", "before", "after, as the gate decided", "after, with --force")
	for _, kind := range []string{finetune.KindClean, "lowres"} {
		fmt.Printf("  %-14s", kind)
		for _, l := range []finetune.Layer{start, kept, t.Layer} {
			rank1, fnir, err := identify(gallery, probes, others, kind, l)
			if err != nil {
				return err
			}
			fmt.Printf("  rank-1 %.2f FNIR %.2f  ", rank1, fnir)
		}
		fmt.Println()
	}
	return nil
}

// smallSplit marks photos: g gallery, p probe, o other people.
func smallSplit(d *finetune.Dataset, seed uint64) []byte {
	of := make([][]int32, len(d.People))
	seen := make([]bool, len(d.Photos))
	for i, ph := range d.Photo {
		if !seen[ph] {
			seen[ph] = true
			of[d.Person[i]] = append(of[d.Person[i]], ph)
		}
	}
	order := make([]int, len(of))
	for p := range order {
		order[p] = p
	}
	sort.SliceStable(order, func(a, b int) bool { return len(of[order[a]]) > len(of[order[b]]) })
	part := make([]byte, len(d.Photos))
	rng := rand.New(rand.NewPCG(seed, 0x736d616c6c))
	for _, p := range order[:smallPeople] {
		rng.Shuffle(len(of[p]), func(i, j int) { of[p][i], of[p][j] = of[p][j], of[p][i] })
		for k, ph := range of[p][:smallPhotos] {
			part[ph] = 'p'
			if k < smallPhotos/2 {
				part[ph] = 'g'
			}
		}
	}
	rest := order[smallPeople:]
	rng.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	for _, p := range rest[:smallImpostors] {
		part[of[p][0]] = 'o'
	}
	return part
}

// identify searches probes and strangers of a kind in the clean gallery: closed-set rank-1, FNIR at FPIR 1e-2.
func identify(gallery, probes, others *finetune.Dataset, kind string,
	l finetune.Layer) (rank1, fnir float64, err error) {
	embed := func(d *finetune.Dataset, kind string) (people []string, e [][]float32) {
		v := d.Select(func(i int) bool { return d.Kinds[d.Kind[i]] == kind })
		flat := make([]float32, v.Len()*l.D)
		l.Embed(flat, v.X)
		for i := range v.Len() {
			people = append(people, v.People[v.Person[i]])
			e = append(e, flat[i*l.D:(i+1)*l.D])
		}
		return people, e
	}
	names, templates := embed(gallery, finetune.KindClean)
	class := map[string]int{}
	for _, n := range names {
		if _, ok := class[n]; !ok {
			class[n] = len(class)
		}
	}
	var trials []eval.Trial
	for _, d := range []*finetune.Dataset{probes, others} {
		people, e := embed(d, kind)
		for i, x := range e {
			scores := make([]float64, len(class))
			for c := range scores {
				scores[c] = math.Inf(-1)
			}
			for j, t := range templates {
				var dot float64
				for k, v := range t {
					dot += float64(v) * float64(x[k])
				}
				c := class[names[j]]
				scores[c] = max(scores[c], dot)
			}
			mate, ok := class[people[i]]
			if !ok {
				mate = -1
			}
			t, err := eval.NewTrial(len(trials), scores, mate)
			if err != nil {
				return 0, 0, err
			}
			trials = append(trials, t)
		}
	}
	cmc, err := eval.CMC(trials, 1)
	if err != nil {
		return 0, 0, err
	}
	open, err := eval.OpenSet(trials)
	if err != nil {
		return 0, 0, err
	}
	fnir, _ = open.FNIRAtFPIR(1e-2)
	return cmc[0], fnir, nil
}
