package main

import (
	"context"
	"fmt"
	"math"

	"faceid/finetune"
	"faceid/finetune/gate"
)

// spread is what the divisions of the people came to.
type spread struct {
	Low2Mean  float64 `json:"lowres_x_1e2_mean"` // TAR at FAR 1e-2 after, as a multiple of that before
	Low2Min   float64 `json:"lowres_x_1e2_min"`
	Low3Mean  float64 `json:"lowres_x_1e3_mean"`
	Low3Min   float64 `json:"lowres_x_1e3_min"`
	CleanMean float64 `json:"lowres_clean_change_mean"` // of TAR at FAR 1e-3 on clean photos

	Noise  *noise  `json:"label_noise"`
	Hidden *hidden `json:"lower_face_hidden"`
}

// splits trains the first loss on other divisions of the people, from o.split on: at low resolution; the same with some
// photos under another's name, tidied as every run is; and with the lower face hidden.
func splits(ctx context.Context, o options, low, masked *finetune.Dataset, start finetune.Layer, loss string) (
	*spread, error) {

	s := &spread{Low2Min: math.Inf(1), Low3Min: math.Inf(1)}
	if o.noise > 0 {
		s.Noise = &noise{Share: o.noise}
		s.Noise.look(low, start)
	}
	s.Hidden = &hidden{}
	share := 1 / float64(o.splits)
	fmt.Printf("\n%s on %d divisions of the people, low resolution; factors of TAR, change in points\n"+
		"%6s  %8s %8s  %10s\n", loss, o.splits, "split", "at 1e-2", "at 1e-3", "clean 1e-3")
	for k := range uint64(o.splits) {
		seed := o.split + k
		c, err := o.divide(ctx, low, start, loss, seed, nil)
		if err != nil {
			return nil, err
		}
		b, a := c.before, c.after
		low2, low3, clean := a[1].TAR1e2/b[1].TAR1e2, a[1].TAR1e3/b[1].TAR1e3, a[0].TAR1e3-b[0].TAR1e3
		fmt.Printf("%6d  %7.2f× %7.2f×  %+10.2f\n", seed, low2, low3, 100*clean)
		s.Low2Min, s.Low3Min = min(s.Low2Min, low2), min(s.Low3Min, low3)
		s.Low2Mean, s.Low3Mean = s.Low2Mean+share*low2, s.Low3Mean+share*low3
		s.CleanMean += share * clean
		if s.Noise != nil {
			if err := s.Noise.add(ctx, o, low, start, loss, seed, a[1]); err != nil {
				return nil, err
			}
		}
		if c, err = o.divide(ctx, masked, start, loss, seed, nil); err != nil {
			return nil, err
		}
		s.Hidden.add(seed, c, start)
		if o.ceiling {
			if err := s.Hidden.ceiling(ctx, o, c.test, start); err != nil {
				return nil, err
			}
		}
	}
	fmt.Printf("%6s  %7.2f× %7.2f×  %+10.2f\n", "mean", s.Low2Mean, s.Low3Mean, 100*s.CleanMean)
	if s.Noise != nil {
		s.Noise.print()
	}
	s.Hidden.print()
	return s, nil
}

// change is what training did to people who were not trained on: figures by kind of photo, clean ones first.
type change struct {
	before, after []gate.Figures
	test          *finetune.Dataset
	layer         finetune.Layer
}

// divide trains on three fifths of the people, after alter where it is given, and measures on the others.
func (o options) divide(ctx context.Context, d *finetune.Dataset, start finetune.Layer, loss string, seed uint64,
	alter func(*finetune.Dataset) *finetune.Dataset) (*change, error) {

	train, test := d.SplitPeople(0.6, seed)
	if alter != nil {
		train = alter(train)
	}
	before, err := gate.Compare(test, start, false)
	if err != nil {
		return nil, err
	}
	t, err := o.fit(ctx, train, start, loss)
	if err != nil {
		return nil, err
	}
	after, err := gate.Compare(test, t.Layer, false)
	return &change{before, after, test, t.Layer}, err
}
