package recognize

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"faceid/embed"
	"faceid/finetune"
	"faceid/models"
)

// TrainingOptions tune TrainingSet.
type TrainingOptions struct {
	Augment []string          // kinds of spoilt views beside the clean ones, see Views
	Root    string            // photos are named relative to it
	Cache   string            // file that keeps the features; "": none
	Photo   func(embed.Photo) // called for each photo that is through, in order; nil: nobody wants to know
}

// TrainingSet is what fine-tuning starts from.
type TrainingSet struct {
	Data   *finetune.Dataset
	Model  models.Entry // whose trunk features they are
	Left   int          // photos without a face, or not readable
	Cached bool         // read from the cache
}

// TrainingSet computes the trunk features of labelled photos, or reads them from the cache where nothing changed since. Options
// must say Plain, since each view is a row of its own, and select one face per photo.
func (r *Recognizer) TrainingSet(ctx context.Context, in []embed.Input, o TrainingOptions) (*TrainingSet, error) {
	views, err := Views(o.Augment...)
	if err != nil {
		return nil, err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	if p.Mirror || p.Select == embed.SelectAll {
		return nil, errors.New("recognize: a training set takes one face per photo, without the mirrored view")
	}
	if p.Embedder.TrunkDim() == 0 {
		return nil, fmt.Errorf("%s: its last layer cannot be found, so it cannot be fine-tuned", p.Entry.Name)
	}
	key, err := r.trainingKey(p, views, in)
	if err != nil {
		return nil, err
	}
	set := &TrainingSet{Model: p.Entry}
	if o.Cache != "" {
		set.Data, err = finetune.LoadDataset(o.Cache, key)
		if err == nil {
			set.Cached, set.Left = true, len(in)-len(set.Data.Photos)
			return set, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, finetune.ErrFormat) {
			return nil, err
		}
	}
	p.Views = p.Views[:0]
	for _, v := range views {
		p.Views = append(p.Views, v.How)
	}
	photos := func(yield func(embed.Photo) bool) {
		for photo := range p.Run(ctx, slices.Values(in)) {
			if o.Photo != nil {
				o.Photo(photo)
			}
			if !yield(photo) {
				return
			}
		}
	}
	if set.Data, err = fromPhotos(photos, views, o.Root, func(embed.Photo) { set.Left++ }); err != nil {
		return nil, err
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case set.Data.Len() == 0:
		return nil, fmt.Errorf("%w: no face in %d photos", ErrNothing, len(in))
	case o.Cache == "":
		return set, nil
	}
	return set, set.Data.Save(o.Cache, key)
}

// trainingKey names everything that the features depend on.
func (r *Recognizer) trainingKey(p *Pipeline, views []View, in []embed.Input) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, "3", p.Pack, p.Entry.SHA256, p.Select, p.minSize, views)
	for _, name := range []string{p.Pack.Detector, p.Pack.Landmarks} {
		if name == "" {
			continue
		}
		e, err := r.store.Entry(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, name, e.SHA256)
	}
	for _, x := range in {
		st, err := os.Stat(x.Path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %q %d %d\n", x.Label, x.Path, st.Size(), st.ModTime().UnixNano())
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// EnrolledSet is a training set of what the gallery holds, and the model it was enrolled with: the one with its checksum,
// whatever its name is by now.
func (r *Recognizer) EnrolledSet(ctx context.Context) (*TrainingSet, error) {
	e, err := r.Gallery(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", r.o.Gallery, ErrNoneYet)
	}
	if err != nil {
		return nil, err
	}
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	entry, err := r.modelOf(info.Model.SHA256)
	if err != nil {
		return nil, &ModelError{Gallery: r.o.Gallery, Have: info.Model}
	}
	data, err := fromGallery(ctx, e)
	return &TrainingSet{Data: data, Model: entry}, err
}

// AddTuned puts the tuned model that a run wrote to the folder out on the list of models under a name, with thresholds moved
// from those of the model it started from. It does nothing if the run wrote none, or the base model itself.
func (r *Recognizer) AddTuned(ctx context.Context, base models.Entry, report *finetune.Report, out, name string) error {
	if !report.Written || report.TunedSHA256 == base.SHA256 {
		return nil
	}
	e := base
	e.Name, e.File, e.Aliases, e.Sources, e.SHA256, e.Size, e.SelfTest = name, "", nil, nil, "", 0, nil
	e.Thresholds = nil
	for _, t := range base.Thresholds {
		e.Thresholds = append(e.Thresholds, tunedThreshold(t, base.Name, report.Gate))
	}
	if _, err := r.store.Add(ctx, filepath.Join(out, finetune.TunedFile), e); err != nil {
		return fmt.Errorf("the tuned model is written, but not on the list of models: %w", err)
	}
	return nil
}

// tunedThreshold is a threshold of the base model for the tuned one. Its TAR is not known.
func tunedThreshold(t models.Threshold, base string, g *finetune.Gate) models.Threshold {
	if g != nil {
		if score, ok := g.Threshold(t.Score); ok {
			t.On = fmt.Sprintf("%s's %.4f, moved as the mean and standard deviation of %d impostor scores of %d people kept out; "+
				"measured for %s on: %s", base, t.Score, g.Domains[0].Impostor, g.People, base, t.On)
			t.Score, t.TAR = math.Ceil(score*1e4)/1e4, 0
			return t
		}
	}
	t.On = "not measured for the tuned model, taken from " + base + ": " + t.On
	return t
}
