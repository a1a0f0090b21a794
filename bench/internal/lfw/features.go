// Package lfw gives the benchmarks trunk features of LFW's photos, plain and spoilt, computed once.
package lfw

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"time"

	"faceid/bench/internal/peers"
	"faceid/embed"
	"faceid/finetune"
	"faceid/models"
)

// views stand beside the clean photo, as `faceid finetune --augment lowres` makes them, and the mask of --augment occlusion.
var views = []struct {
	kind string
	how  embed.Augmentation
}{
	{finetune.KindMirror, embed.Augmentation{Mirror: true}},
	{"lowres", embed.Augmentation{LowRes: 18, JPEG: 60}},
	{"lowres/mirror", embed.Augmentation{LowRes: 18, JPEG: 60, Mirror: true}},
	{"mask", embed.Augmentation{Occlusion: embed.OccludeMask}},
	{"mask/mirror", embed.Augmentation{Occlusion: embed.OccludeMask, Mirror: true}},
}

// Features returns the trunk features of all of LFW's photos below a folder (see peers.LFW), from the user's cache if they are
// there, and the embedder's file. Kinds are clean, lowres and mask, each with its mirror image.
func Features(ctx context.Context, lfw string) (*finetune.Dataset, []byte, models.Entry, error) {
	fail := func(err error) (*finetune.Dataset, []byte, models.Entry, error) { return nil, nil, models.Entry{}, err }
	files, err := peers.LFW(lfw, 1000)
	if err != nil {
		return fail(err)
	}
	store, err := models.Open(nil)
	if err != nil {
		return fail(err)
	}
	pack, err := store.Pack("default")
	if err != nil {
		return fail(err)
	}
	entry, model, err := store.Load(ctx, pack.Embedder)
	if err != nil {
		return fail(err)
	}
	dir, err := peers.Cache()
	if err != nil {
		return fail(err)
	}
	h := sha256.New()
	fmt.Fprintln(h, "2", pack, entry.SHA256, views)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return fail(err)
		}
		fmt.Fprintf(h, "%s %x\n", filepath.Base(f), sha256.Sum256(b))
	}
	key := fmt.Sprintf("%x", h.Sum(nil))
	path := filepath.Join(dir, "bench-lfw.safetensors")
	data, err := finetune.LoadDataset(path, key)
	if err == nil {
		return data, model, entry, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, finetune.ErrFormat) {
		return fail(err)
	}
	log.Printf("computing trunk features of %d photos, %d views each; they stay in %s", len(files), len(views)+1, path)
	p, err := embed.Open(ctx, store, pack, nil)
	if err != nil {
		return fail(err)
	}
	defer p.Close()
	p.Select = embed.SelectCentral
	for _, v := range views {
		p.Views = append(p.Views, v.how)
	}
	data = &finetune.Dataset{}
	var ix finetune.Index
	began, none := time.Now(), 0
	for ph := range p.Run(ctx, embed.Files(files...)) {
		if ph.Err != nil {
			return fail(fmt.Errorf("%s: %w", ph.Path, ph.Err))
		}
		if len(ph.Faces) == 0 {
			none++
			continue
		}
		person, photo := filepath.Base(filepath.Dir(ph.Path)), filepath.Base(ph.Path)
		err := data.Add(&ix, person, photo, finetune.KindClean, ph.Faces[0].Trunk)
		for i, v := range views {
			if err == nil {
				err = data.Add(&ix, person, photo, v.kind, ph.Faces[0].Views[i])
			}
		}
		if err != nil {
			return fail(err)
		}
		if n := ph.Index + 1; n%2000 == 0 {
			log.Printf("  %d of %d, %.0f s", n, len(files), time.Since(began).Seconds())
		}
	}
	if none > 0 {
		log.Printf("no face in %d photos", none)
	}
	return data, model, entry, data.Save(path, key)
}
