package gallery

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Scoring says how a person's score is made from those of the person's templates.
type Scoring int

const (
	ScoreTogether Scoring = iota // by the nearest template and the mean of all; see Together
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

// Search finds the k people most similar to each probe. weight is for Together.
func (s Scoring) Search(ctx context.Context, e Engine, probes [][]float32, k int,
	weight func(Template) float32) ([][]Match, error) {
	switch s {
	case ScoreMean:
		return e.Search(ctx, probes, &SearchOptions{K: k, Rank: RankMean})
	case ScoreNearest:
		return e.Search(ctx, probes, &SearchOptions{K: k})
	}
	return Together(ctx, e, probes, &SearchOptions{K: k}, weight)
}
