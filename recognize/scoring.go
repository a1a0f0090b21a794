package recognize

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"faceid/gallery"
)

// Scoring says how a person's score is made from those of the person's templates.
type Scoring int

const (
	ScoreTogether Scoring = iota // by the nearest template and the mean of all, weighted by Usable; gallery.Together
	ScoreNearest                 // by the nearest template alone
	ScoreMean                    // the mean of all scores
)

var scorings = []string{"together", "nearest", "mean"}

// MarshalText returns "together", "nearest" or "mean".
func (s Scoring) MarshalText() ([]byte, error) { return []byte(scorings[s]), nil }

// UnmarshalText is the inverse of MarshalText.
func (s *Scoring) UnmarshalText(b []byte) error {
	i := slices.Index(scorings, string(b))
	if i < 0 {
		return fmt.Errorf("not one of %s", strings.Join(scorings, ", "))
	}
	*s = Scoring(i)
	return nil
}

// search finds the k people most similar to each probe.
func (s Scoring) search(ctx context.Context, e gallery.Engine, p *Pipeline, probes [][]float32,
	k int) ([][]gallery.Match, error) {
	switch s {
	case ScoreMean:
		return e.Search(ctx, probes, &gallery.SearchOptions{K: k, Rank: gallery.RankMean})
	case ScoreNearest:
		return e.Search(ctx, probes, &gallery.SearchOptions{K: k})
	}
	return gallery.Together(ctx, e, probes, &gallery.SearchOptions{K: k}, func(t gallery.Template) float32 {
		if t.Trunk == nil {
			return 1
		}
		return p.Embedder.Usable(t.Trunk)
	})
}
