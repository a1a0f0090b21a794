// Command gate measures on LFW what the gate of fine-tuning proves: of folders of 10, 30, 80 and 200 people with three
// to eight photos each it fits a layer as `faceid finetune` does, and asks everybody else whether the gain is true.
//
//	SEED=1 go run ./bench/gate [-lfw DIR] [-draws 40] [-people 10,30,80,200] [-kinds lowres,mask]
//
// A true gain is that of TAR at FAR 1e-2; worse is what was accepted and lost of it. Null trials are layers moved by
// noise of the size of a training's change, and fits on shuffled labels: what passes there passes by chance. Coverage
// is how often the intervals of 5 to 100 judges hold the figure of everybody, for one tuned layer. The last line is
// JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"faceid/bench/internal/lfw"
	"faceid/finetune"
	"faceid/finetune/gate"
)

// result is the last line. Powers are shares of the draws whose true gain is above five points, of all kinds.
type result struct {
	Power10  *float64 `json:"power_10,omitempty"`
	Power30  *float64 `json:"power_30"`
	Power80  *float64 `json:"power_80"`
	Power200 *float64 `json:"power_200"`
	Null     float64  `json:"null_accepted"`
	NullRuns int      `json:"null_trials"`
	Worse    float64  `json:"accepted_worse"`
	Accepted int      `json:"accepted"`
	Coverage float64  `json:"coverage_min"`
	// Ten is what ten judges prove of layers tuned on 10, 30, 80 and 300 other people.
	Ten       []gainPower `json:"ten_judges,omitempty"`
	Seconds   float64     `json:"seconds"`
	FewBefore float64     `json:"tar_1e3_untuned_few"` // mean on people kept out, of 10 and 30 people
	FewAfter  float64     `json:"tar_1e3_few"`         // of the layer that the gate let through, or the untuned one
	// Ctrl-C came before all was drawn.
	Interrupted bool `json:"interrupted,omitempty"`
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.lfw, "lfw", "", "folder of LFW's photos (default FACEID_SHARED/data/lfw/images, else "+
		"../shared/data/lfw/images)")
	flag.IntVar(&o.draws, "draws", 40, "folders drawn for each number of people and kind of photos; 0: "+
		"coverage alone")
	flag.IntVar(&o.shuffled, "shuffled", 10, "fits on shuffled labels for each of 10 and 30 people and kind")
	flag.IntVar(&o.coverage, "coverage", 400, "draws of judges for each number of them; 0: none")
	people := flag.String("people", "10,30,80,200", "people of a folder")
	kinds := flag.String("kinds", "lowres,mask", "kinds of spoilt photos")
	flag.StringVar(&o.from, "features", "", "take features from this file, which -carry wrote, and not from photos")
	flag.StringVar(&o.model, "model", "", "file of the model that -features are of")
	carried := flag.String("carry", "", "write features to this file, for a machine without the photos, and stop")
	flag.Parse()
	for _, s := range strings.Split(*people, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			log.Fatal("bench/gate: -people: ", err)
		}
		o.people = append(o.people, n)
	}
	o.kinds = strings.Split(*kinds, ",")
	if s := os.Getenv("SEED"); s != "" {
		v, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			log.Fatal("bench/gate: SEED: ", err)
		}
		o.seed = v
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *carried != "" {
		data, _, err := o.features(ctx)
		if err == nil {
			err = lfw.Carry(data, *carried)
		}
		if err != nil {
			log.Fatal("bench/gate: ", err)
		}
		return
	}
	if err := run(ctx, o); err != nil {
		log.Fatal("bench/gate: ", err)
	}
}

type options struct {
	lfw, from, model          string
	draws, shuffled, coverage int
	people                    []int
	kinds                     []string
	seed                      uint64
}

// features are those of LFW's photos or those of a file, with the model's last layer.
func (o *options) features(ctx context.Context) (data *finetune.Dataset, start finetune.Layer, err error) {
	var model []byte
	if o.from == "" {
		data, model, _, err = lfw.Features(ctx, o.lfw)
	} else {
		data, model, err = lfw.Carried(o.from, o.model)
	}
	if err == nil {
		start, err = finetune.LayerOf(model)
	}
	return data, start, err
}

func run(ctx context.Context, o options) error {
	began := time.Now()
	all, start, err := o.features(ctx)
	if err != nil {
		return err
	}
	b := &bench{options: o, start: start, power: map[int]*share{}}
	var r result
	err = b.kinds(ctx, all, &r)
	r.Interrupted = errors.Is(err, context.Canceled)
	if err != nil && !r.Interrupted {
		return err
	}
	if r.Accepted > 0 {
		r.Worse /= float64(r.Accepted)
	}
	for n, at := range map[int]**float64{10: &r.Power10, 30: &r.Power30, 80: &r.Power80, 200: &r.Power200} {
		if s := b.power[n]; s != nil && s.n > 0 {
			v := s.mean()
			*at = &v
		}
	}
	r.FewBefore, r.FewAfter = b.few[0].mean(), b.few[1].mean()
	r.Null, r.NullRuns = b.null.mean(), b.null.n
	r.Seconds = math.Round(time.Since(began).Seconds())
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}

// kinds draws folders of every size with photos of every kind.
func (b *bench) kinds(ctx context.Context, all *finetune.Dataset, r *result) error {
	for k, kind := range b.options.kinds {
		var err error
		if b.data, err = lfw.Only(all, kind); err != nil {
			return err
		}
		if b.draws > 0 {
			if err := b.sizes(ctx, kind, r); err != nil {
				return err
			}
		}
		if k == 0 {
			var err error
			if r.Coverage, err = b.cover(ctx); err != nil {
				return err
			}
			if r.Ten, err = b.ten(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// sizes draws folders of every size with photos of one kind.
func (b *bench) sizes(ctx context.Context, kind string, r *result) error {
	fmt.Printf("\ntrue gain on everybody else at FAR 1e-2, at 1e-3 and of the %s, in points\n", gate.DecidingFigure)
	fmt.Printf("%-8s %6s  %9s %9s  %9s %9s %10s %5s  %8s %8s %6s  %s\n", "photos", "people", "at 1e-2", "at 1e-3",
		"of figure", "estimated", "half width", "holds", "accepted", "of > 5", "worse", "ways")
	for _, n := range b.people {
		l, err := b.draw(ctx, kind, n)
		if err != nil {
			return err
		}
		if b.power[n] == nil {
			b.power[n] = &share{}
		}
		b.power[n].add(l.large)
		r.Accepted += l.accepted.hits
		r.Worse += float64(l.worse)
		if n <= 30 {
			b.few[0].add(l.before)
			b.few[1].add(l.kept)
		}
		if err := b.nulls(ctx, kind, n, l); err != nil {
			return err
		}
	}
	return nil
}

// share is a mean with its number.
type share struct {
	sum  float64
	n    int
	hits int
}

func (s *share) put(v float64) {
	s.sum += v
	s.n++
	if v != 0 {
		s.hits++
	}
}

func (s *share) add(o share) { s.sum, s.n, s.hits = s.sum+o.sum, s.n+o.n, s.hits+o.hits }

func (s share) mean() float64 {
	if s.n == 0 {
		return 0
	}
	return s.sum / float64(s.n)
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func stream(seed uint64, kind string, n, draw int) *rand.Rand {
	h := uint64(n)<<32 | uint64(draw)
	for _, c := range kind {
		h = h*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, h))
}
