package train

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"

	"faceid/embed"
	"faceid/finetune"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/rejection"
)

// fromPhotos makes a training set of analysed photos, the first face of each. Photo.Label is the person; the photos'
// names are relative to root. The pipeline has embedded each face once more for every view, in that order
// (embed.Pipeline.Views), and without the mirrored view. Photos without a face are left out.
func fromPhotos(photos iter.Seq[embed.Photo], views []View, root string) (*finetune.Dataset, error) {
	data := &finetune.Dataset{}
	var ix finetune.Index
	for photo := range photos {
		if photo.Err != nil || len(photo.Faces) == 0 {
			continue
		}
		name, err := filepath.Rel(root, photo.Path) // two folders of a person may hold photos of one name
		if err != nil {
			return nil, err
		}
		f := photo.Faces[0]
		if len(f.Views) != len(views) {
			return nil, fmt.Errorf("%w: %s: %d views where %d are trained on", finetune.ErrData, name,
				len(f.Views), len(views))
		}
		if err := data.Add(&ix, photo.Label, name, finetune.KindClean, f.Trunk); err != nil {
			return nil, err
		}
		for i, v := range views {
			if err := data.Add(&ix, photo.Label, name, v.Kind, f.Views[i]); err != nil {
				return nil, err
			}
		}
	}
	return data, nil
}

// fromGallery makes a training set of what is enrolled: the stored trunk features, without photos and so without other
// views. It returns gallery.ErrNoTrunk if no template has one.
func fromGallery(ctx context.Context, e gallery.Engine) (*finetune.Dataset, error) {
	names, called := map[int64]string{}, map[string]int{}
	for p, err := range e.People(ctx) {
		if err != nil {
			return nil, err
		}
		if !rejection.Is(p) {
			names[p.ID] = p.Name
			called[p.Name]++
		}
	}
	data := &finetune.Dataset{}
	var ix finetune.Index
	without := 0
	for t, err := range e.Templates(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if names[t.PersonID] == "" {
			continue
		}
		if t.Trunk == nil {
			without++
			continue
		}
		person := names[t.PersonID]
		if called[person] > 1 { // the id keeps them apart
			person = fmt.Sprintf("%s #%d", person, t.PersonID)
		}
		photo := fmt.Sprintf("template %d %s", t.ID, filepath.Base(t.Source.Path))
		if err := data.Add(&ix, person, photo, finetune.KindClean, t.Trunk); err != nil {
			return nil, err
		}
	}
	switch {
	case data.Len() == 0 && without > 0:
		return nil, fmt.Errorf("%w: %d templates, none with one", gallery.ErrNoTrunk, without)
	case data.Len() == 0:
		return nil, recognize.ErrNothing
	}
	return data, nil
}
