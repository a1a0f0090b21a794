package recognize

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/plain"
)

// takeAll makes every face of the photo a person of its own, but for those enrolled from it before.
func (w *enroller) takeAll(ctx context.Context, photo embed.Photo) bool {
	if photo.Err != nil || len(photo.Faces) == 0 {
		_, err := OneFace(photo, SeveralLargest)
		return w.step(EnrollStep{Path: photo.Path}, &PhotoError{photo.Path, err})
	}
	s := EnrollStep{Path: photo.Path}
	base := baseName(photo.Path)
	var batch []gallery.Enrolment
	for i, f := range photo.Faces {
		if err := poor(f); err != nil && !w.o.AnyQuality {
			s.Left = append(s.Left, Left{i + 1, err})
			continue
		}
		t := TemplateOf(photo, f)
		if id, name, ok := w.faces.find(t.Source); ok {
			s.Stored = append(s.Stored, Stored{PersonID: id, Name: name, Duplicates: 1})
			continue
		}
		batch = append(batch, gallery.Enrolment{
			Name:      w.faces.newName(fmt.Sprintf("%s face %d", base, i+1)),
			Templates: []gallery.Template{t},
		})
	}
	if len(batch) > 0 {
		done, err := w.e.Enrol(ctx, batch, &gallery.EnrolOptions{UniqueName: w.o.Unique, NewPeople: true})
		if err != nil {
			w.step(s, fmt.Errorf("enrolling %s: %w", batch[0].Name, err))
			return false
		}
		for i, d := range done {
			w.faces.add(d.PersonID, batch[i].Templates[0].Source)
			w.faces.people[d.PersonID] = batch[i].Name
			s.Stored = append(s.Stored, Stored{d.PersonID, batch[i].Name, d.Created, d.Added, d.Duplicates})
		}
	}
	if len(s.Left) == len(photo.Faces) {
		s.Left = nil // the error says it
		return w.step(s, &PhotoError{photo.Path, poor(photo.Faces[0])})
	}
	return w.step(s, nil)
}

// baseName is the photo's file name without its ending, as a gallery takes it.
func baseName(path string) string {
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return strings.Map(func(r rune) rune {
		if plain.Hidden(r) || strings.ContainsRune("\u200b\u2060\ufeff", r) { // see gallery.CleanName
			return '_'
		}
		return r
	}, strings.ToValidUTF8(base, "_"))
}

// newName returns name, or with a number behind it the first that nobody has.
func (k *knownFaces) newName(name string) string {
	free := name
	for n := k.names[name]; k.names[free] > 0; n++ {
		k.names[name] = n + 1
		free = fmt.Sprintf("%s (%d)", name, n+1)
	}
	k.names[free] = max(k.names[free], 1)
	return free
}

// Labelled are the photos of one person.
func Labelled(person string, paths ...string) []embed.Input {
	in := make([]embed.Input, len(paths))
	for i, path := range paths {
		in[i] = embed.Input{Path: path, Label: person}
	}
	return in
}
