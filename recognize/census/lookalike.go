package census

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"faceid/gallery"
)

// Lookalike is somebody just enrolled who looks like somebody else of the gallery: the same photo for two people, or a
// person under two names.
type Lookalike struct {
	PersonID  int64         `json:"person_id"`
	Name      string        `json:"name"`
	Other     gallery.Match `json:"other"`
	SamePhoto bool          `json:"same_photo"` // the two templates are of one photo, as far as one can see
}

// Fresh is a template just stored.
type Fresh struct {
	PersonID  int64
	Name      string
	Embedding []float32
}

// Lookalikes compares templates just stored with everybody else whose name may be anybody's: the best score of each
// pair of people that is at least threshold. From samePhoto on the two are of one photo.
func Lookalikes(ctx context.Context, e gallery.Engine, stored []Fresh, threshold, samePhoto float64,
	anybody func(name string) bool) ([]Lookalike, error) {

	best := map[[2]int64]Lookalike{}
	for part := range slices.Chunk(stored, 64) {
		probes := make([][]float32, len(part))
		for i, f := range part {
			probes[i] = f.Embedding
		}
		found, err := e.Search(ctx, probes, &gallery.SearchOptions{K: 4})
		if err != nil {
			return nil, err
		}
		for i, f := range part {
			for _, m := range found[i] {
				k := [2]int64{min(f.PersonID, m.PersonID), max(f.PersonID, m.PersonID)}
				if m.PersonID != f.PersonID && float64(m.Score) >= threshold && anybody(m.Name) &&
					m.Score > best[k].Other.Score {
					best[k] = Lookalike{f.PersonID, f.Name, m, float64(m.Score) >= samePhoto}
				}
			}
		}
	}
	var out []Lookalike
	for _, l := range best {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Lookalike) int {
		return cmp.Or(cmp.Compare(b.Other.Score, a.Other.Score), cmp.Compare(a.PersonID, b.PersonID))
	})
	return out, nil
}

// String says it in a line.
func (l Lookalike) String() string {
	if l.SamePhoto {
		return fmt.Sprintf("%s (#%d) and %s (#%d) have the same photo", l.Name, l.PersonID, l.Other.Name,
			l.Other.PersonID)
	}
	return fmt.Sprintf("%s (#%d) looks like %s (#%d): one person under two names? score %.3f", l.Name, l.PersonID,
		l.Other.Name, l.Other.PersonID, l.Other.Score)
}
