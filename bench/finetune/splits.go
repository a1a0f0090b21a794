package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/finetune/gate"
)

// spread is what the splits came to.
type spread struct {
	Low2Mean  float64 `json:"lowres_x_1e2_mean"` // TAR at FAR 1e-2 after, as a multiple of that before
	Low2Min   float64 `json:"lowres_x_1e2_min"`
	Low3Mean  float64 `json:"lowres_x_1e3_mean"`
	Low3Min   float64 `json:"lowres_x_1e3_min"`
	CleanMean float64 `json:"lowres_clean_change_mean"` // of TAR at FAR 1e-3 on clean photos
	Noise2    float64 `json:"label_noise_1e2"`          // with a tenth of the labels wrong less without, mean
	Noise3    float64 `json:"label_noise_1e3"`
	Mask3Mean float64 `json:"mask_x_1e3_mean"`
	Mask3Min  float64 `json:"mask_x_1e3_min"`
	Mask3Most float64 `json:"mask_x_1e3_most"` // mean of what finding every masked face would be
	MaskClean float64 `json:"mask_clean_change_mean"`
}

// splits trains the first loss on other divisions of the people, from o.split on: at low resolution, the same with a
// tenth of the photos under another's name, tidied as every run is, and with the lower face hidden.
func splits(ctx context.Context, o options, low, masked *finetune.Dataset, start finetune.Layer, loss string) (
	*spread, error) {

	fmt.Printf("\n%s on %d divisions of the people; factors of TAR, changes in points\n", loss, o.splits)
	fmt.Printf("%6s  %17s %7s  %21s  %26s %7s\n%6s  %8s %8s %7s  %10s %10s  %8s %8s %8s %7s\n",
		"", "low resolution", "clean", "10 % wrong labels", "lower face hidden", "clean",
		"split", "at 1e-2", "at 1e-3", "1e-3", "at 1e-2", "at 1e-3", "at 1e-2", "at 1e-3", "at most", "1e-3")
	s := &spread{Low2Min: math.Inf(1), Low3Min: math.Inf(1), Mask3Min: math.Inf(1)}
	share := 1 / float64(o.splits)
	for k := range uint64(o.splits) {
		seed := o.split + k
		b, a, err := o.split1(ctx, low, start, loss, seed, nil)
		if err != nil {
			return nil, err
		}
		_, n, err := o.split1(ctx, low, start, loss, seed, func(d *finetune.Dataset) *finetune.Dataset {
			d, _ = mislabel(d, 0.1, seed).Tidy(start, false, dense.Mend) // as finetune.Run does
			return d
		})
		if err != nil {
			return nil, err
		}
		mb, ma, err := o.split1(ctx, masked, start, loss, seed, nil)
		if err != nil {
			return nil, err
		}
		low2, low3 := a[1].TAR1e2/b[1].TAR1e2, a[1].TAR1e3/b[1].TAR1e3
		noise2, noise3 := n[1].TAR1e2-a[1].TAR1e2, n[1].TAR1e3-a[1].TAR1e3
		mask2, mask3 := ma[1].TAR1e2/mb[1].TAR1e2, ma[1].TAR1e3/mb[1].TAR1e3
		most := 1 / mb[1].TAR1e3
		clean, maskClean := a[0].TAR1e3-b[0].TAR1e3, ma[0].TAR1e3-mb[0].TAR1e3
		fmt.Printf("%6d  %7.2f× %7.2f× %+7.2f  %+10.2f %+10.2f  %7.2f× %7.2f× %7.2f× %+7.2f\n", seed, low2, low3,
			100*clean, 100*noise2, 100*noise3, mask2, mask3, most, 100*maskClean)
		s.Low2Min, s.Low3Min, s.Mask3Min = min(s.Low2Min, low2), min(s.Low3Min, low3), min(s.Mask3Min, mask3)
		for _, x := range []struct {
			sum *float64
			v   float64
		}{{&s.Low2Mean, low2}, {&s.Low3Mean, low3}, {&s.CleanMean, clean}, {&s.Noise2, noise2}, {&s.Noise3, noise3},
			{&s.Mask3Mean, mask3}, {&s.Mask3Most, most}, {&s.MaskClean, maskClean}} {
			*x.sum += x.v * share
		}
	}
	fmt.Printf("%6s  %7.2f× %7.2f× %+7.2f  %+10.2f %+10.2f  %8s %7.2f× %7.2f× %+7.2f\n", "mean", s.Low2Mean,
		s.Low3Mean, 100*s.CleanMean, 100*s.Noise2, 100*s.Noise3, "", s.Mask3Mean, s.Mask3Most, 100*s.MaskClean)
	return s, nil
}

// split1 trains on three fifths of the people and measures on the others, before and after.
func (o options) split1(ctx context.Context, d *finetune.Dataset, start finetune.Layer, loss string, seed uint64,
	change func(*finetune.Dataset) *finetune.Dataset) (before, after []gate.Figures, err error) {

	train, test := d.SplitPeople(0.6, seed)
	if change != nil {
		train = change(train)
	}
	if before, err = gate.Compare(test, start, false); err != nil {
		return nil, nil, err
	}
	t, err := o.fit(ctx, train, start, loss)
	if err != nil {
		return nil, nil, err
	}
	after, err = gate.Compare(test, t.Layer, false)
	return before, after, err
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
