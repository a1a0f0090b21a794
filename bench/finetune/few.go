package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"faceid/bench/internal/groups"
	"faceid/bench/internal/lfw"
	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/finetune/gate"
)

// fewRow is what ten, fifteen or thirty people gain for all others: means over the draws of TAR at FAR 1e-3.
type fewRow struct {
	Set    string  `json:"set"`
	People int     `json:"people"`
	Before float64 `json:"untuned"`
	Head   float64 `json:"head"`   // training alone from the layer as it is, the epoch by a fifth of the people
	WCCN   float64 `json:"wccn"`   // the closed form alone, centred
	Fit    float64 `json:"fitted"` // what CrossFit chose, written or not
	Kept   float64 `json:"kept"`   // that where the gate let it through, else untuned
	Passed int     `json:"passed"`
	Worst  float64 `json:"worst_change"` // of Kept less Before, of any draw
}

// few draws folders of few people, and asks others about what each way makes of them.
func few(ctx context.Context, o options, data *finetune.Dataset, start finetune.Layer) ([]fewRow, error) {
	fmt.Printf("\nFew people, three to eight photos each: TAR at FAR 1e-3 on others, mean of %d draws, per cent\n",
		o.few)
	fmt.Printf("%-20s %6s  %8s %8s %8s %8s  %10s %6s %7s\n", "photos", "people", "untuned", "head", "wccn", "fitted",
		"as decided", "passed", "worst")
	asian, err := southAsian(o.groups)
	if err != nil {
		log.Printf("left out: %v (name the folder with -groups)", err)
	}
	var rows []fewRow
	for _, set := range []struct {
		name   string
		data   *finetune.Dataset
		start  finetune.Layer
		mirror bool
	}{{"LFW, low resolution", data, start, true}, {"South Asian, clean", asian, identity(512), false}} {
		if set.data == nil {
			continue
		}
		for _, n := range []int{10, 15, 30} {
			r := fewRow{Set: set.name, People: n, Worst: 1}
			draws := make([]fewRow, o.few)
			var g errgroup.Group
			g.SetLimit(runtime.GOMAXPROCS(0))
			for k := range o.few {
				g.Go(func() (err error) {
					rng := rand.New(rand.NewPCG(o.split+uint64(k), uint64(n)))
					given, others := lfw.Folder(set.data, rng, n, 8, 600)
					draws[k], err = fewDraw(ctx, given, others, set.start, set.mirror, o.trainSeed+uint64(k))
					return err
				})
			}
			if err := g.Wait(); err != nil {
				return nil, err
			}
			for _, d := range draws {
				r.add(d, 1/float64(o.few))
			}
			fmt.Printf("%-20s %6d  %8.1f %8.1f %8.1f %8.1f  %10.1f %6d %+7.1f\n", r.Set, n, 100*r.Before, 100*r.Head,
				100*r.WCCN, 100*r.Fit, 100*r.Kept, r.Passed, 100*r.Worst)
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (r *fewRow) add(d fewRow, share float64) {
	r.Before += d.Before * share
	r.Head += d.Head * share
	r.WCCN += d.WCCN * share
	r.Fit += d.Fit * share
	r.Kept += d.Kept * share
	r.Passed += d.Passed
	r.Worst = min(r.Worst, d.Kept-d.Before)
}

func fewDraw(ctx context.Context, given, others *finetune.Dataset, start finetune.Layer, mirror bool, seed uint64) (
	r fewRow, err error) {

	c := finetune.Defaults("")
	c.Mirrored, c.ProbeShare, c.Seed = mirror, 0, seed
	head, err := finetune.Train(ctx, given, start, c)
	if err != nil {
		return r, err
	}
	closed, err := dense.Closed(given, start, dense.ShrinkFor(len(given.People), start.D),
		len(given.People))
	if err != nil {
		return r, err
	}
	closed = dense.Center(given, dense.CenterShare, closed)[0]
	fit, err := finetune.CrossFit(ctx, given, start, c)
	if err != nil {
		return r, err
	}
	kept := start
	if fit.Gate != nil && fit.Gate.Decision.Better {
		kept, r.Passed = fit.Layer, 1
	}
	for _, x := range []struct {
		layer finetune.Layer
		at    *float64
	}{{start, &r.Before}, {head.Layer, &r.Head}, {closed, &r.WCCN}, {fit.Layer, &r.Fit}, {kept, &r.Kept}} {
		f, err := gate.Compare(others, x.layer, mirror)
		if err != nil {
			return r, err
		}
		*x.at = f[len(f)-1].TAR1e3
	}
	return r, nil
}

// southAsian are 40 people by their embeddings, as if these were trunk features of a layer that changes nothing.
func southAsian(dir string) (*finetune.Dataset, error) {
	if dir == "" {
		base := os.Getenv("FACEID_SHARED")
		if base == "" {
			base = filepath.Join("..", "shared")
		}
		dir = filepath.Join(base, "data", "groups")
	}
	people, err := groups.Read(filepath.Join(dir, "southasian_people.npz"))
	if err != nil {
		return nil, err
	}
	d := &finetune.Dataset{}
	var ix finetune.Index
	for p, photos := range people {
		for k, e := range photos {
			if err := d.Add(&ix, fmt.Sprint(p), fmt.Sprintf("%d/%d", p, k), finetune.KindClean, e); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

func identity(n int) finetune.Layer {
	l := finetune.Layer{D: n, T: n, W: make([]float32, n*n), B: make([]float32, n)}
	for i := range n {
		l.W[i*n+i] = 1
	}
	return l
}
