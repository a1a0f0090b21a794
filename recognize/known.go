package recognize

import (
	"context"
	"encoding/hex"
	"iter"
	"strings"

	"faceid/embed"
	"faceid/gallery"
)

// known cleans the labels and marks the photos that were enrolled for the same person before, so that an interrupted
// enrolment need not look at them again.
func (w *enroller) known(ctx context.Context, in iter.Seq[embed.Input]) iter.Seq[embed.Input] {
	return func(yield func(embed.Input) bool) {
		var name string
		var sums map[[32]byte]bool
		for x := range in {
			if clean, err := gallery.CleanName(x.Label); err == nil {
				x.Label = clean
			} else {
				x.Label = strings.TrimSpace(x.Label)
			}
			if !w.o.Unique {
				if sums == nil || x.Label != name {
					name, sums = x.Label, w.sums(ctx, x.Label)
				}
				if of := sums; len(of) > 0 {
					x.Known = func(sum [32]byte) bool { return of[sum] }
				}
			}
			if !yield(x) {
				return
			}
		}
	}
}

// sums are the checksums of the photos that a person was enrolled with; none where that cannot be told.
func (w *enroller) sums(ctx context.Context, who string) map[[32]byte]bool {
	sums := map[[32]byte]bool{}
	p, err := Person(ctx, w.e, who)
	if err != nil {
		return sums
	}
	for t, err := range w.e.Sources(ctx, p.ID) {
		if err != nil {
			return map[[32]byte]bool{}
		}
		if b, err := hex.DecodeString(t.Source.SHA256); err == nil && len(b) == 32 {
			sums[[32]byte(b)] = true
		}
	}
	return sums
}

// knownFaces recognises faces that were enrolled from the same photo before, whatever the person is called now.
type knownFaces struct {
	people map[int64]string       // names
	names  map[string]int         // how often a name was taken; see newName
	photos map[string][]knownFace // by the photo's SHA-256
}

type knownFace struct {
	box    embed.Box
	person int64
}

func readKnownFaces(ctx context.Context, e gallery.Engine) (*knownFaces, error) {
	k := &knownFaces{people: map[int64]string{}, names: map[string]int{}, photos: map[string][]knownFace{}}
	for p, err := range e.People(ctx) {
		if err != nil {
			return nil, err
		}
		k.people[p.ID] = p.Name
		k.names[p.Name] = max(k.names[p.Name], 1)
	}
	for t, err := range e.Sources(ctx, 0) {
		if err != nil {
			return nil, err
		}
		k.add(t.PersonID, t.Source)
	}
	return k, nil
}

func (k *knownFaces) add(person int64, s gallery.Source) {
	if s.SHA256 != "" {
		k.photos[s.SHA256] = append(k.photos[s.SHA256], knownFace{boxOf(s), person})
	}
}

func boxOf(s gallery.Source) embed.Box {
	return embed.Box{X0: s.Box[0], Y0: s.Box[1], X1: s.Box[2], Y1: s.Box[3]}
}

// find returns the person enrolled from the face at s. Another detector draws another box about the same face, so the
// boxes need not be equal: half of what they cover together must be in both.
func (k *knownFaces) find(s gallery.Source) (id int64, name string, ok bool) {
	b := boxOf(s)
	for _, f := range k.photos[s.SHA256] {
		both := area(embed.Box{X0: max(b.X0, f.box.X0), Y0: max(b.Y0, f.box.Y0), X1: min(b.X1, f.box.X1),
			Y1: min(b.Y1, f.box.Y1)})
		if 2*both >= area(b)+area(f.box)-both {
			name, ok = k.people[f.person]
			return f.person, name, ok
		}
	}
	return 0, "", false
}

func area(b embed.Box) float32 { return max(0, b.X1-b.X0) * max(0, b.Y1-b.Y0) }
