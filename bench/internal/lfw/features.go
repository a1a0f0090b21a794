// Package lfw gives the benchmarks trunk features of LFW's photos, plain and spoilt, computed once.
package lfw

import (
	"context"
	"log"
	"path/filepath"
	"time"

	"faceid/bench/internal/peers"
	"faceid/embed"
	"faceid/finetune"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/train"
)

// Features returns the trunk features of all of LFW's photos below a folder (see peers.LFW), from the user's cache if
// they are there, and the embedder's file. Kinds are clean and those that train.Views makes of lowres
// and mask.
func Features(ctx context.Context, lfw string) (*finetune.Dataset, []byte, models.Entry, error) {
	fail := func(err error) (*finetune.Dataset, []byte, models.Entry, error) { return nil, nil, models.Entry{}, err }
	files, err := peers.LFW(lfw, 1000)
	if err != nil {
		return fail(err)
	}
	in := make([]embed.Input, len(files))
	for i, f := range files {
		in[i] = embed.Input{Path: f, Label: filepath.Base(filepath.Dir(f))}
	}
	dir, err := peers.Cache()
	if err != nil {
		return fail(err)
	}
	r, err := recognize.Open(ctx, &recognize.Options{Plain: true, Select: embed.SelectCentral})
	if err != nil {
		return fail(err)
	}
	defer r.Close()
	began := time.Now()
	set, err := train.FromPhotos(ctx, r, in, train.Options{
		Augment: []string{"lowres", "mask"}, Root: filepath.Dir(filepath.Dir(files[0])),
		Cache: filepath.Join(dir, "bench-lfw.safetensors"),
		Photo: func(p embed.Photo) {
			if n := p.Index + 1; n%2000 == 0 {
				log.Printf("trunk features of %d of %d photos, %.0f s", n, len(files), time.Since(began).Seconds())
			}
		},
	})
	if err != nil {
		return fail(err)
	}
	if set.Left > 0 {
		log.Printf("no face in %d photos", set.Left)
	}
	_, model, err := r.Models().Load(ctx, set.Model.Name)
	return set.Data, model, set.Model, err
}

// Only returns the clean views of data and all that training makes of photos for a kind, as a dataset that knows no
// others.
func Only(data *finetune.Dataset, kind string) (*finetune.Dataset, error) {
	views, err := train.Views(kind)
	if err != nil {
		return nil, err
	}
	kinds := []string{finetune.KindClean}
	for _, v := range views {
		kinds = append(kinds, v.Kind)
	}
	return data.OnlyKinds(kinds...), nil
}
