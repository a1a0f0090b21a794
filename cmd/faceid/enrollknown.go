package main

import (
	"context"
	"fmt"

	"faceid/embed"
	"faceid/gallery"
)

// knownPhotos recognises photos that were enrolled for the same person before, so that an interrupted enrolment need not look at them again.
type knownPhotos struct {
	e    gallery.Engine
	name string
	who  gallery.Person
	sums map[string]bool
}

// has tells whose photo j is, if it was enrolled for the person meant before.
func (k *knownPhotos) has(ctx context.Context, j enrolJob) (gallery.Person, bool) {
	if k.sums == nil || k.name != j.person {
		k.name, k.sums = j.person, map[string]bool{}
		found, err := k.e.Find(ctx, j.person)
		if err != nil || len(found) == 0 {
			return k.who, false
		}
		k.who = found[0]
		for t, err := range k.e.Templates(ctx, k.who.ID) {
			if err != nil {
				return k.who, false
			}
			k.sums[t.Source.SHA256] = true
		}
	}
	if len(k.sums) == 0 {
		return k.who, false
	}
	sum, err := fileSHA256(j.path)
	return k.who, err == nil && k.sums[sum]
}

// knownFaces recognises faces that were enrolled from the same photo before, whatever the person is called now.
type knownFaces struct {
	people map[int64]gallery.Person
	names  map[string]int         // how often a name was taken; see newName
	photos map[string][]knownFace // by the photo's SHA-256
}

type knownFace struct {
	box    embed.Box
	person int64
}

func readKnownFaces(ctx context.Context, e gallery.Engine) (*knownFaces, error) {
	k := &knownFaces{people: map[int64]gallery.Person{}, names: map[string]int{}, photos: map[string][]knownFace{}}
	for p, err := range e.People(ctx) {
		if err != nil {
			return nil, err
		}
		k.people[p.ID] = p
		k.names[p.Name] = max(k.names[p.Name], 1)
	}
	for t, err := range e.Templates(ctx, 0) {
		if err != nil {
			return nil, err
		}
		k.add(t.PersonID, t.Source)
	}
	return k, nil
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

func (k *knownFaces) add(person int64, s gallery.Source) {
	if s.SHA256 != "" {
		b := embed.Box{X0: s.Box[0], Y0: s.Box[1], X1: s.Box[2], Y1: s.Box[3]}
		k.photos[s.SHA256] = append(k.photos[s.SHA256], knownFace{b, person})
	}
}

// find returns who was enrolled from the face at s. Another detector draws another box about the same face, so the boxes need
// not be equal: half of what they cover together must be in both.
func (k *knownFaces) find(s gallery.Source) (gallery.Person, bool) {
	b := embed.Box{X0: s.Box[0], Y0: s.Box[1], X1: s.Box[2], Y1: s.Box[3]}
	for _, f := range k.photos[s.SHA256] {
		both := area(embed.Box{X0: max(b.X0, f.box.X0), Y0: max(b.Y0, f.box.Y0), X1: min(b.X1, f.box.X1), Y1: min(b.Y1, f.box.Y1)})
		if 2*both >= area(b)+area(f.box)-both {
			p, ok := k.people[f.person]
			return p, ok
		}
	}
	return gallery.Person{}, false
}

func area(b embed.Box) float32 { return max(0, b.X1-b.X0) * max(0, b.Y1-b.Y0) }
