package measure

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"faceid/embed"
	"faceid/eval"
	"faceid/internal/hint"
	"faceid/recognize"
)

// PairList is a list of pairs of photos, for each of which it is known whether they show one person.
type PairList struct {
	File  string
	Pairs []eval.FilePair // paths as they can be opened from here
}

// ReadPairs reads a list; see eval.ReadPairs. Paths in it are relative to the file.
func ReadPairs(file string) (*PairList, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pairs, err := eval.ReadPairs(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i := range pairs {
		for _, p := range []*string{&pairs[i].A, &pairs[i].B} {
			if !filepath.IsAbs(*p) {
				*p = filepath.Join(filepath.Dir(file), *p)
			}
		}
	}
	return &PairList{file, pairs}, nil
}

// Photos are the photos of the list, each once, in order.
func (l *PairList) Photos() []string {
	set := map[string]bool{}
	for _, p := range l.Pairs {
		set[p.A], set[p.B] = true, true
	}
	return sorted(set)
}

// PairFigures are those of a list of pairs.
type PairFigures struct {
	*Figures
	InUse []InUse `json:"in_use"` // at the thresholds in use; people are those whom the pairs of one person make
}

// Measure compares the pairs. Those of a photo that cannot be read are left out: a score of −1 would make of them
// impostor pairs well told apart. It returns eval.ErrEmpty where pairs of one kind are missing.
func (l *PairList) Measure(ctx context.Context, r *recognize.Recognizer,
	each func(p embed.Photo, of int)) (*PairFigures, error) {
	e, err := embedAll(ctx, r, l.Photos(), each)
	if err != nil {
		return nil, err
	}
	e.Protocol = l.File
	var genuine, impostor []float64
	var all []eval.Comparison
	who := l.people()
	for _, p := range l.Pairs {
		switch s := e.score(p.A, p.B); {
		case e.unread[p.A] || e.unread[p.B]:
			e.Dropped++
		case p.Same:
			genuine = append(genuine, s)
			all = append(all, eval.Comparison{A: who[p.A], B: who[p.A], Score: s})
		default:
			impostor = append(impostor, s)
			a, b := who[p.A], who[p.B]
			if a == b { // the list contradicts itself: somebody else
				b = -1 - b
			}
			all = append(all, eval.Comparison{A: a, B: b, Score: s})
		}
	}
	c, err := eval.ROC(genuine, impostor)
	if errors.Is(err, eval.ErrEmpty) {
		if e.Dropped > 0 {
			return nil, hint.With(fmt.Errorf("%w: %d pairs are of photos that cannot be read", err, e.Dropped),
				"paths are relative to "+l.File)
		}
		return nil, hint.With(err, "a ROC needs pairs of both kinds: lines that end in 1 and lines that end in 0")
	}
	if err != nil {
		return nil, err
	}
	e.fill(c, int64(len(genuine)), int64(len(impostor)), 1e-1, 1e-2, 1e-3)
	points, err := inUse(ctx, r)
	if err != nil {
		return nil, err
	}
	points, err = rated(points, all)
	return &PairFigures{e.Figures, points}, err
}

// people numbers the people whom the photos show: photos of one person's pairs are joined.
func (l *PairList) people() map[string]int {
	root := map[string]string{}
	find := func(p string) string {
		for root[p] != "" && root[p] != p {
			p = root[p]
		}
		return p
	}
	for _, p := range l.Pairs {
		if a, b := find(p.A), find(p.B); p.Same && a != b {
			root[a] = b
		}
	}
	number, who := map[string]int{}, map[string]int{}
	for _, path := range l.Photos() {
		at := find(path)
		if _, ok := number[at]; !ok {
			number[at] = len(number)
		}
		who[path] = number[at]
	}
	return who
}
