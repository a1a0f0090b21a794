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

// trainingSet computes the trunk features of a folder of people, or reads them from cache where nothing changed since. left
// is how many photos gave none.
func (a *app) trainingSet(ctx context.Context, o finetuneOptions, dir, cache string) (data *finetune.Dataset, left int, p *pipeline, err error) {
	fail := func(err error) (*finetune.Dataset, int, *pipeline, error) { return nil, 0, nil, err }
	views, err := trainingViews(o.augment)
	if err != nil {
		return fail(err)
	}
	jobs, err := peopleJobs(dir)
	if err != nil {
		return fail(err)
	}
	w := o.view.pipeline()
	w.view.plain = true // each view is a row of its own
	w.pick = embed.SelectLargest
	if o.central {
		w.pick = embed.SelectCentral
	}
	if p, err = a.openPipeline(ctx, w); err != nil {
		return fail(err)
	}
	if p.Embedder.TrunkDim() == 0 {
		return fail(fmt.Errorf("%s: its last layer cannot be found, so it cannot be fine-tuned", p.entry.Name))
	}
	key, err := a.trainingKey(p, views, w, jobs)
	if err != nil {
		return fail(err)
	}
	data, err = finetune.LoadDataset(cache, key)
	if err == nil {
		a.remark("features of %s, computed before, are in %s", plural(len(data.Photos), "photo", "photos"), cache)
		return data, len(jobs) - len(data.Photos), p, nil
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, finetune.ErrFormat) {
		return fail(err)
	}
	if data, err = a.computeFeatures(ctx, p, views, jobs, dir); err != nil {
		return fail(err)
	}
	return data, len(jobs) - len(data.Photos), p, data.Save(cache, key)
}

// trainingKey names everything that the features depend on.
func (a *app) trainingKey(p *pipeline, views []view, w pipelineWant, jobs []enrolJob) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, "2", p.pack, p.entry.SHA256, w.pick, w.view.minSize, views)
	s, err := a.openModels()
	if err != nil {
		return "", err
	}
	for _, name := range []string{p.pack.Detector, p.pack.Landmarks} {
		if name == "" {
			continue
		}
		e, err := s.Entry(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, name, e.SHA256)
	}
	for _, j := range jobs {
		st, err := os.Stat(j.path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %q %d %d\n", j.person, j.path, st.Size(), st.ModTime().UnixNano())
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

func (a *app) computeFeatures(ctx context.Context, p *pipeline, views []view, jobs []enrolJob, dir string) (*finetune.Dataset, error) {
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
		person := jobs[photo.Index].person
		name, err := filepath.Rel(dir, photo.Path) // two folders of a person may hold photos of one name
		if err != nil {
			return nil, err
		}
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
