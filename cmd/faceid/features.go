package main

import (
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
	"faceid/gallery"
)

// kinds of views that --augment adds to the clean one, each with its mirror image: what a poor camera, bad light or bad focus do.
var augmentKinds = map[string]embed.Augmentation{
	"lowres": {LowRes: 18, JPEG: 60}, // a face of 18 pixels, compressed: far away, or a cheap camera
	"jpeg":   {JPEG: 30},
	"blur":   {Blur: 2},
	"dark":   {Brightness: -40},
	"bright": {Brightness: 40},
}

func augmentNames() string {
	var names []string
	for n := range augmentKinds {
		names = append(names, n)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// view is one kind of rows of a training set.
type view struct {
	kind string
	how  embed.Augmentation
}

func trainingViews(augment []string) ([]view, error) {
	views := []view{{finetune.KindMirror, embed.Augmentation{Mirror: true}}}
	for _, name := range augment {
		how, ok := augmentKinds[name]
		if !ok {
			return nil, errFlag("augment", name, "one of "+augmentNames())
		}
		mirrored := how
		mirrored.Mirror = true
		views = append(views, view{name, how}, view{name + "/mirror", mirrored})
	}
	return views, nil
}

// trainingSet computes the trunk features of a folder of people, or reads them from cache where nothing changed since.
func (a *app) trainingSet(ctx context.Context, o finetuneOptions, dir, cache string) (*finetune.Dataset, *pipeline, error) {
	views, err := trainingViews(o.augment)
	if err != nil {
		return nil, nil, err
	}
	jobs, err := peopleJobs(dir)
	if err != nil {
		return nil, nil, err
	}
	w := o.view.pipeline()
	w.view.plain = true // each view is a row of its own
	w.pick = embed.SelectLargest
	if o.central {
		w.pick = embed.SelectCentral
	}
	p, err := a.openPipeline(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	if p.Embedder.TrunkDim() == 0 {
		return nil, nil, fmt.Errorf("%s: its last layer cannot be found, so it cannot be fine-tuned", p.entry.Name)
	}
	key, err := trainingKey(p, views, w.pick, jobs)
	if err != nil {
		return nil, nil, err
	}
	data, err := finetune.LoadDataset(cache, key)
	if err == nil {
		a.remark("features of %s, computed before, are in %s", plural(len(data.Photos), "photo", "photos"), cache)
		return data, p, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, finetune.ErrFormat) {
		return nil, nil, err
	}
	if data, err = a.computeFeatures(ctx, p, views, jobs); err != nil {
		return nil, nil, err
	}
	return data, p, data.Save(cache, key)
}

// trainingKey names everything that the features depend on.
func trainingKey(p *pipeline, views []view, pick embed.Select, jobs []enrolJob) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, "1", p.pack, p.entry.SHA256, pick, views)
	for _, j := range jobs {
		st, err := os.Stat(j.path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %q %d %d\n", j.person, j.path, st.Size(), st.ModTime().UnixNano())
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

func (a *app) computeFeatures(ctx context.Context, p *pipeline, views []view, jobs []enrolJob) (*finetune.Dataset, error) {
	for _, v := range views {
		p.Views = append(p.Views, v.how)
	}
	paths := make([]string, len(jobs))
	for i, j := range jobs {
		paths[i] = j.path
	}
	data := &finetune.Dataset{}
	var ix finetune.Index
	bad := 0
	for bar, photo := range a.faces(ctx, p, "computing features", paths) {
		if photo.Err != nil || len(photo.Faces) == 0 {
			if ctx.Err() != nil {
				break
			}
			bar.clear()
			_, err := oneFace(photo, true)
			a.problem(photo.Path, err)
			bad++
			continue
		}
		person, name := jobs[photo.Index].person, filepath.Join(jobs[photo.Index].person, filepath.Base(photo.Path))
		f := photo.Faces[0]
		if err := data.Add(&ix, person, name, finetune.KindClean, f.Trunk); err != nil {
			return nil, err
		}
		for i, v := range views {
			if err := data.Add(&ix, person, name, v.kind, f.Views[i]); err != nil {
				return nil, err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if bad > 0 {
		a.remark("%s left out: no face, or not readable", plural(bad, "photo", "photos"))
	}
	if data.Len() == 0 {
		return nil, withHint(errNoFace, "fine-tuning needs a folder with one folder a person, with photos of faces in it")
	}
	return data, nil
}

// enrolledSet is a training set of what is enrolled: the stored trunk features, without photos and so without other views.
func enrolledSet(ctx context.Context, e gallery.Engine) (*finetune.Dataset, error) {
	names := map[int64]string{}
	for p, err := range e.People(ctx) {
		if err != nil {
			return nil, err
		}
		names[p.ID] = p.Name
	}
	data := &finetune.Dataset{}
	var ix finetune.Index
	without := 0
	for t, err := range e.Templates(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if t.Trunk == nil {
			without++
			continue
		}
		// Two people may have one name: the id keeps them apart.
		person := fmt.Sprintf("%s #%d", names[t.PersonID], t.PersonID)
		photo := fmt.Sprintf("template %d %s", t.ID, filepath.Base(t.Source.Path))
		if err := data.Add(&ix, person, photo, finetune.KindClean, t.Trunk); err != nil {
			return nil, err
		}
	}
	if data.Len() == 0 {
		return nil, withHint(fmt.Errorf("%w: %d templates, none with one", gallery.ErrNoTrunk, without), "enrol the photos again, or fine-tune from their folder: faceid finetune PEOPLE/")
	}
	return data, nil
}
