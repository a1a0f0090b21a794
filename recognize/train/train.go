package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"faceid/embed"
	"faceid/finetune"
	"faceid/internal/words"
	"faceid/models"
	"faceid/recognize"
)

// FeaturesFile is the name of the cache of features in a run's folder.
const FeaturesFile = "features.safetensors"

// Files are all that a run of fine-tuning may write to the folder out, features included.
func Files(out string) []string {
	var files []string
	for _, name := range []string{finetune.TunedFile, finetune.HeadFile, finetune.ReportFile,
		finetune.PageFile, finetune.ConfigFile,
		finetune.CheckpointFile, FeaturesFile} {
		files = append(files, filepath.Join(out, name))
	}
	return files
}

// NameOf is what the model tuned in the folder out is called unless said otherwise: as the folder.
func NameOf(out string) string {
	if abs, err := filepath.Abs(out); err == nil {
		out = abs
	}
	return filepath.Base(out)
}

// Recognizer are the options of one that FromPhotos takes: each view is a row of its own, of the largest face of a
// photo or of the one in the middle.
func Recognizer(central bool) recognize.Options {
	o := recognize.Options{Plain: true, Select: embed.SelectLargest}
	if central {
		o.Select = embed.SelectCentral
	}
	return o
}

// Options tune FromPhotos.
type Options struct {
	Augment []string          // kinds of spoilt views beside the clean ones, see Views
	Root    string            // photos are named relative to it
	Cache   string            // file that keeps the features; "": none
	Photo   func(embed.Photo) // called for each photo that is through, in order; nil: nobody wants to know
}

// Set is what fine-tuning starts from.
type Set struct {
	Data   *finetune.Dataset
	Model  models.Entry // whose trunk features they are
	Left   int          // photos without a face, or not readable
	Cached bool         // read from the cache
	Mean   bool         // a row is the mean of both views already, not one of them
	Notes  []string     // where the rows come from, for the report
}

// FromPhotos computes the trunk features of labelled photos, or reads them from the cache where nothing changed since.
// The Recognizer's options must say Plain, since each view is a row of its own, and select one face per photo.
func FromPhotos(ctx context.Context, r *recognize.Recognizer, in []embed.Input, o Options) (*Set, error) {
	views, err := Views(o.Augment...)
	if err != nil {
		return nil, err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	if p.Mirror || p.Select == embed.SelectAll {
		return nil, errors.New("train: a training set takes one face per photo, without the mirrored view")
	}
	if p.Embedder.TrunkDim() == 0 {
		return nil, fmt.Errorf("%s: its last layer cannot be found, so it cannot be fine-tuned", p.Entry.Name)
	}
	key, err := keyOf(r, p, views, in)
	if err != nil {
		return nil, err
	}
	set := &Set{Model: p.Entry}
	if set.Data, err = cached(o.Cache, key); err != nil {
		return nil, err
	}
	if set.Cached = set.Data != nil; !set.Cached {
		if set.Data, err = compute(ctx, p, views, in, o); err != nil {
			return nil, err
		}
		if o.Cache != "" {
			if err := set.Data.Save(o.Cache, key); err != nil {
				return nil, err
			}
		}
	}
	set.Left = len(in) - len(set.Data.Photos)
	set.Notes = append(set.Notes, fmt.Sprintf("faces found by %s; spoilt views: %s", p.Pack.Detector,
		cmp.Or(strings.Join(o.Augment, ", "), "none")))
	if set.Left > 0 {
		set.Notes = append(set.Notes, words.Plural(set.Left, "photo", "photos")+" left out: no face, or not readable")
	}
	return set, nil
}

// cached reads features that were computed before from the same photos in the same way; nil: there are none.
func cached(file, key string) (*finetune.Dataset, error) {
	if file == "" {
		return nil, nil
	}
	data, err := finetune.LoadDataset(file, key)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, finetune.ErrFormat) {
		return nil, nil
	}
	return data, err
}

// compute runs the pipeline over the photos, with the views.
func compute(ctx context.Context, p *recognize.Pipeline, views []View, in []embed.Input,
	o Options) (*finetune.Dataset, error) {
	p.Views = p.Views[:0]
	for _, v := range views {
		p.Views = append(p.Views, v.How)
	}
	data, err := fromPhotos(func(yield func(embed.Photo) bool) {
		for photo := range p.Run(ctx, slices.Values(in)) {
			if o.Photo != nil {
				o.Photo(photo)
			}
			if !yield(photo) {
				return
			}
		}
	}, views, o.Root)
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case data.Len() == 0:
		return nil, fmt.Errorf("%w: no face in %d photos", recognize.ErrNothing, len(in))
	}
	return data, nil
}

// keyOf names everything that the features depend on.
func keyOf(r *recognize.Recognizer, p *recognize.Pipeline, views []View, in []embed.Input) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, "3", p.Pack, p.Entry.SHA256, p.Select, p.MinSize, views)
	for _, name := range []string{p.Pack.Detector, p.Pack.Landmarks} {
		if name == "" {
			continue
		}
		e, err := r.Models().Entry(name)
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

// FromGallery is a training set of what the gallery holds, and the model it was enrolled with: the one with its
// checksum, whatever its name is by now.
func FromGallery(ctx context.Context, r *recognize.Recognizer) (*Set, error) {
	e, info, err := r.There(ctx)
	if err != nil {
		return nil, err
	}
	entry, err := r.ModelOf(info.Model)
	if err != nil {
		return nil, err
	}
	data, err := fromGallery(ctx, e)
	return &Set{Data: data, Model: entry, Mean: true,
		Notes: []string{"trained from the trunk features of the gallery"}}, err
}
