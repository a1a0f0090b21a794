// Command finetune measures package finetune on LFW: what training the last layer brings on people that it never saw,
// with every loss; its time beside the same loop in PyTorch; ten people with a handful of photos; the migration of a
// gallery.
//
//	SPLIT_SEED=1 TRAIN_SEED=1 go run ./bench/finetune [-lfw DIR] [-losses arcface,cosface] \
//	  [-torch=false] [-small=false] [-migrate 100000] [-splits 5] [-noise 0.1]
//
// Three fifths of the people train, two fifths test; everything that training chooses it chooses among the former. The
// first run computes trunk features of all photos and keeps them in the user's cache, by content. The last line is
// JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"faceid/bench/internal/lfw"
	"faceid/finetune"
	"faceid/finetune/dense"
	"faceid/finetune/gate"
	"faceid/models"
	trainset "faceid/recognize/train"
)

// result is the last line. A pointer stays null where that part was left out.
type result struct {
	Low2Before   float64  `json:"lowres_tar_1e2_before"`
	Low2After    float64  `json:"lowres_tar_1e2_after"`
	Low3Before   float64  `json:"lowres_tar_1e3_before"`
	Low3After    float64  `json:"lowres_tar_1e3_after"`
	Clean3Before float64  `json:"clean_tar_1e3_before"`
	Clean3After  float64  `json:"clean_tar_1e3_after"`
	Splits       *spread  `json:"splits"`
	Few          []fewRow `json:"few"`

	Templates []templateRow `json:"templates"`
	Heads     []headRow     `json:"heads"`
	VsTorch   *float64      `json:"train_vs_torch"`
	Migrate   *float64      `json:"migrate_100k_s"`
}

type options struct {
	lfw, losses      string
	torch, small     bool
	closed           bool
	from, model      string
	rounds, migrate  int
	splits, few      int
	noise            float64
	ceiling          bool
	templates, heads int
	groups           string
	split, trainSeed uint64
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.lfw, "lfw", "", "folder of LFW's photos (default FACEID_SHARED/data/lfw/images, else "+
		"../shared/data/lfw/images)")
	flag.StringVar(&o.losses, "losses", "arcface,arcface+center,cosface,softmax,focal",
		"rows of the table; the first one is the last line's")
	flag.BoolVar(&o.torch, "torch", true, "train beside PyTorch")
	flag.BoolVar(&o.closed, "wccn", false, "train from the closed form, as faceid finetune does; "+
		"with so many people it changes little")
	flag.BoolVar(&o.small, "small", true, "the case of ten people")
	flag.IntVar(&o.splits, "splits", 5, "divisions of the people for the first loss; 0: none")
	flag.Float64Var(&o.noise, "noise", 0.1, "share of the training photos under another's name, at low resolution in "+
		"each division; 0: none")
	flag.BoolVar(&o.ceiling, "ceiling", false, "with the lower face hidden, train on the tested people too, to see "+
		"what one layer can find at most")
	flag.IntVar(&o.few, "few", 10, "draws of 10, 15 and 30 people; 0: none")
	flag.IntVar(&o.templates, "templates", 5, "draws of galleries with several photos of a person; 0: none")
	flag.IntVar(&o.heads, "heads", 5, "draws of heads that strangers are shown to; 0: none")
	flag.StringVar(&o.groups, "groups", "", "folder of embeddings of people unlike LFW's (default data/groups below "+
		"FACEID_SHARED, else ../shared)")
	flag.StringVar(&o.from, "features", "", "take features from this file, which bench/gate -carry wrote, and not "+
		"from photos")
	flag.StringVar(&o.model, "model", "", "file of the model that -features are of")
	flag.IntVar(&o.rounds, "rounds", 2, "trainings of either side beside PyTorch")
	flag.IntVar(&o.migrate, "migrate", 100_000, "templates of the gallery to migrate; 0: none")
	child := flag.String("train", "", "for the benchmark's own child process: train on the job in this folder")
	flag.Parse()
	var err error
	if *child != "" {
		err = trainChild(*child)
	} else {
		err = run(o)
	}
	if err != nil {
		log.Fatal("bench/finetune: ", err)
	}
}

func seed(name string) (uint64, error) {
	s := os.Getenv(name)
	if s == "" {
		return 1, nil
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s=%q is not a number", name, s)
	}
	return v, nil
}

func run(o options) (err error) {
	if o.split, err = seed("SPLIT_SEED"); err != nil {
		return err
	}
	if o.trainSeed, err = seed("TRAIN_SEED"); err != nil {
		return err
	}
	if !(o.noise >= 0 && o.noise < 1) {
		return fmt.Errorf("-noise is %g, it must be at least 0 and less than 1", o.noise)
	}
	ctx := context.Background()
	var data *finetune.Dataset
	var model []byte
	var entry models.Entry
	if o.from == "" {
		data, model, entry, err = lfw.Features(ctx, o.lfw)
	} else {
		data, model, err = lfw.Carried(o.from, o.model)
	}
	if err != nil {
		return err
	}
	start, err := finetune.LayerOf(model)
	if err != nil {
		return err
	}
	masked, err := lfw.Only(data, "mask")
	if err != nil {
		return err
	}
	if data, err = lfw.Only(data, "lowres"); err != nil {
		return err
	}
	train, test := data.SplitPeople(0.6, o.split)
	fmt.Printf("%d photos of %d people; %d people train, %d test; SPLIT_SEED %d, TRAIN_SEED %d; %d cores, %s/%s\n",
		len(data.Photos), len(data.People), len(train.People), len(test.People), o.split, o.trainSeed,
		runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH)
	var r result
	first, err := table(ctx, o, train, test, start, &r)
	if err != nil {
		return err
	}
	if o.splits > 0 {
		if r.Splits, err = splits(ctx, o, data, masked, start, strings.Split(o.losses, ",")[0]); err != nil {
			return err
		}
	}
	if o.few > 0 {
		if r.Few, err = few(ctx, o, data, start); err != nil {
			return err
		}
	}
	if o.templates > 0 {
		if r.Templates, err = templates(ctx, o, data, start); err != nil {
			return err
		}
	}
	if o.heads > 0 {
		if r.Heads, err = heads(ctx, o, data, start); err != nil {
			return err
		}
	}
	if o.small {
		if err := smallCase(ctx, data, start, o); err != nil {
			return err
		}
	}
	if o.migrate > 0 {
		s, err := migrate(ctx, o.migrate, data, start, first.Layer, entry)
		if err != nil {
			return err
		}
		r.Migrate = &s
	}
	if o.torch {
		v, err := againstTorch(o, train, start)
		if err != nil {
			return err
		}
		r.VsTorch = &v
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}

// config returns the settings of a row of the table: a loss, "+center" for the Center Loss beside it.
func config(row string, seed uint64) *finetune.Config {
	name, center := strings.CutSuffix(row, "+center")
	c := finetune.Defaults(finetune.Loss(name))
	if center {
		c.CenterLambda = 1
	}
	c.Seed = seed
	return c
}

// fit trains with a row's loss. The tested people judge, so nobody else is kept out: all photos of the training people
// train, and the last epoch counts.
func (o options) fit(ctx context.Context, train *finetune.Dataset, from finetune.Layer, row string) (
	*finetune.Result, error) {

	c := config(row, o.trainSeed)
	c.KeepClean = trainset.KeepClean(train.TestKinds()[1:]...)
	c.ValPeople, c.ProbeShare = 0, 0
	t, err := finetune.Train(ctx, train, from, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", row, err)
	}
	return t, nil
}

// table trains with every loss and measures each on the test people. It returns the first row's result.
func table(ctx context.Context, o options, train, test *finetune.Dataset, start finetune.Layer,
	r *result) (*finetune.Result, error) {
	before, err := gate.Compare(test, start, false)
	if err != nil {
		return nil, err
	}
	fmt.Printf("\nPeople never trained on: every probe against the clean photo of everybody (%d genuine, %d "+
		"impostor pairs)\n", before[0].Genuine, before[0].Impostor)
	fmt.Printf("%-16s %6s %7s  %27s  %36s\n", "", "best", "", "low-resolution probes", "clean probes")
	fmt.Printf("%-16s %6s %7s  %9s %9s %7s %7s  %9s %9s %7s %7s\n", "loss", "epoch", "s", "TAR@1e-2", "TAR@1e-3", "EER",
		"rank-1", "TAR@1e-2", "TAR@1e-3", "EER", "rank-1")
	row := func(name, epoch, secs string, f []gate.Figures) {
		low, clean := f[1], f[0]
		fmt.Printf("%-16s %6s %7s  %9.4f %9.4f %7.4f %7.4f  %9.4f %9.4f %7.4f %7.4f\n", name, epoch, secs,
			low.TAR1e2, low.TAR1e3, low.EER, low.Rank1, clean.TAR1e2, clean.TAR1e3, clean.EER, clean.Rank1)
	}
	row("untuned", "", "", before)
	from := start
	if o.closed {
		began := time.Now()
		if from, err = dense.WCCN(train, start, dense.ShrinkFor(len(train.People), start.D)); err != nil {
			return nil, err
		}
		secs := time.Since(began).Seconds()
		f, err := gate.Compare(test, from, false)
		if err != nil {
			return nil, err
		}
		row("wccn", "", fmt.Sprintf("%.1f", secs), f)
	}
	var first *finetune.Result
	for _, name := range strings.Split(o.losses, ",") {
		began := time.Now()
		t, err := o.fit(ctx, train, from, name)
		if err != nil {
			return nil, err
		}
		secs := time.Since(began).Seconds()
		after, err := gate.Compare(test, t.Layer, false)
		if err != nil {
			return nil, err
		}
		row(name, fmt.Sprint(t.Best), fmt.Sprintf("%.1f", secs), after)
		if first == nil {
			first = t
			r.Low2Before, r.Low3Before, r.Clean3Before = before[1].TAR1e2, before[1].TAR1e3, before[0].TAR1e3
			r.Low2After, r.Low3After, r.Clean3After = after[1].TAR1e2, after[1].TAR1e3, after[0].TAR1e3
		}
	}
	fmt.Printf("%s: low-resolution TAR × %.2f at FAR 1e-2, × %.2f at 1e-3; clean TAR at 1e-3 %+.2f points\n",
		strings.Split(o.losses, ",")[0],
		r.Low2After/r.Low2Before, r.Low3After/r.Low3Before, 100*(r.Clean3After-r.Clean3Before))
	return first, nil
}
