package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"faceid/bench/internal/peers"
	"faceid/embed"
	"faceid/finetune"
	"faceid/models"
	"faceid/recognize/calibrate"
)

// lfwPhotos is the most photos of each of LFW's people that thresholds are measured with.
const lfwPhotos = 4

// lfw returns the embeddings of LFW's people as `faceid enroll` makes them, computed once and kept in the cache, and
// the thresholds that the model ships with.
func lfw(ctx context.Context, dir string) (set, []calibrate.Point, error) {
	fail := func(err error) (set, []calibrate.Point, error) { return set{}, nil, err }
	files, err := peers.LFW(dir, 1000)
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
	p, err := embed.Open(ctx, store, pack, &embed.OpenOptions{Mirror: true})
	if err != nil {
		return fail(err)
	}
	defer p.Close()
	p.Select = embed.SelectCentral
	var points []calibrate.Point
	for _, t := range p.Embedder.Entry().Thresholds {
		points = append(points, calibrate.Point{FAR: t.FAR, Score: t.Score})
	}
	cache, err := peers.Cache()
	if err != nil {
		return fail(err)
	}
	path := filepath.Join(cache, "bench-trust-lfw.safetensors")
	h := sha256.New()
	fmt.Fprintln(h, "2", pack, p.Embedder.Entry().SHA256)
	for _, f := range files {
		st, err := os.Stat(f)
		if err != nil {
			return fail(err)
		}
		fmt.Fprintln(h, filepath.Base(f), st.Size())
	}
	key := fmt.Sprintf("%x", h.Sum(nil))
	d, err := finetune.LoadDataset(path, key)
	stale := false
	if err == nil {
		if stale, err = otherwise(ctx, p, files, d); err != nil {
			return fail(err)
		}
	}
	if stale || errors.Is(err, fs.ErrNotExist) || errors.Is(err, finetune.ErrFormat) {
		log.Printf("embedding %d photos of LFW; they stay in %s", len(files), path)
		if d, err = embedAll(ctx, p, files); err == nil {
			err = d.Save(path, key)
		}
	}
	if err != nil {
		return fail(err)
	}
	s := set{name: "lfw", people: make([][][]float32, len(d.People)), names: d.People}
	for i, who := range d.Person {
		s.people[who] = append(s.people[who], unit(d.X[i*d.T:][:d.T]))
	}
	return s, points, nil
}

// shipped is what is known of the default model's scores, without its file.
func shipped() (calibrate.Reference, error) {
	store, err := models.Open(nil)
	if err != nil {
		return calibrate.Reference{}, err
	}
	pack, err := store.Pack("default")
	if err != nil {
		return calibrate.Reference{}, err
	}
	e, err := store.Entry(pack.Embedder)
	if err != nil {
		return calibrate.Reference{}, err
	}
	var points []calibrate.Point
	for _, t := range e.Thresholds {
		points = append(points, calibrate.Point{FAR: t.FAR, Score: t.Score})
	}
	return calibrate.NewReference(points)
}

// firstOf keeps the first few photos of each person.
func (s set) firstOf(n int) set {
	out := set{name: s.name, names: s.names}
	for _, p := range s.people {
		out.people = append(out.people, p[:min(n, len(p))])
	}
	return out
}

// otherwise says whether the pipeline answers otherwise than it did when d was kept, by a few photos looked at again:
// no checksum of models knows what became of the code about them.
func otherwise(ctx context.Context, p *embed.Pipeline, files []string, d *finetune.Dataset) (bool, error) {
	var few []string
	for i := 0; i < len(files); i += max(1, len(files)/40) {
		few = append(few, files[i])
	}
	now, err := embedAll(ctx, p, few)
	if err != nil {
		return false, err
	}
	was := map[string][]float32{}
	for i := range d.Len() {
		was[d.Photos[d.Photo[i]]] = d.Row(i)
	}
	for i := range now.Len() {
		row, ok := was[now.Photos[now.Photo[i]]]
		delete(was, now.Photos[now.Photo[i]])
		if !ok || !slices.EqualFunc(now.Row(i), row, func(a, b float32) bool {
			return math.Abs(float64(a-b)) < 1e-3 // far above the rounding of other processors
		}) {
			return true, nil
		}
	}
	for _, f := range few { // a face was found, and is not any more
		if _, ok := was[strings.TrimSuffix(filepath.Base(f), ".jpg")]; ok {
			return true, nil
		}
	}
	return false, nil
}

// embedAll puts embeddings where a dataset has trunk features.
func embedAll(ctx context.Context, p *embed.Pipeline, files []string) (*finetune.Dataset, error) {
	d := &finetune.Dataset{}
	var ix finetune.Index
	for ph := range p.Run(ctx, embed.Files(files...)) {
		if ph.Err != nil {
			return nil, fmt.Errorf("%s: %w", ph.Path, ph.Err)
		}
		if len(ph.Faces) == 0 {
			continue
		}
		person := filepath.Base(filepath.Dir(ph.Path))
		photo := strings.TrimSuffix(filepath.Base(ph.Path), ".jpg")
		if err := d.Add(&ix, person, photo, finetune.KindClean, ph.Faces[0].Embedding); err != nil {
			return nil, err
		}
		if n := ph.Index + 1; n%2000 == 0 {
			log.Printf("  %d of %d", n, len(files))
		}
	}
	return d, ctx.Err()
}

// halves are LFW's people with even and with odd numbers.
func halves(s set) []set {
	a, b := set{name: "lfw, first half"}, set{name: "lfw, second half"}
	for i, p := range s.people {
		if i%2 == 0 {
			a.people = append(a.people, p)
		} else {
			b.people = append(b.people, p)
		}
	}
	return []set{a, b}
}
