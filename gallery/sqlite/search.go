package sqlite

import (
	"context"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/hint"
)

const defaultK = 10

// Search implements Engine.
func (s *Store) Search(ctx context.Context, probes [][]float32, o *gallery.SearchOptions) ([][]gallery.Match, error) {
	model := s.model.Load() // that the probes are of
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	if o == nil {
		o = &gallery.SearchOptions{}
	}
	q, err := gallery.NormaliseProbes(probes, s.dim, o)
	if err != nil {
		return nil, err
	}
	k := o.K
	if k == 0 {
		k = defaultK
	}
	// A person can be removed between the scan and the look-up of the name, or a template moved during the scan; then
	// the scan is repeated on what is there now, so that the answer is that of one moment.
	for {
		before, err := lastRevision(s.read, model)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		found, idx, err := s.search.search(ctx, s, before, q,
			flat.SearchOptions{K: k, Mean: o.Rank == gallery.RankMean, People: o.People})
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		out := make([][]gallery.Match, len(found))
		for i, ms := range found {
			out[i] = make([]gallery.Match, len(ms))
			for j, m := range ms {
				out[i][j] = gallery.Match{PersonID: m.Person, TemplateID: m.Template, Score: m.Score}
			}
		}
		missing := s.fillNames(out)
		if missing != nil && !errors.Is(missing, gallery.ErrNoPerson) {
			return nil, fmt.Errorf("search: %w", missing)
		}
		// An index of another model can only have been scanned if the gallery is of that model by now.
		after, err := lastRevision(s.read, model)
		switch {
		case err != nil:
			return nil, fmt.Errorf("search: %w", err)
		case missing == nil && !s.movedSince(before, after):
			return out, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case missing == nil: // again
		case after == before && !s.search.renew(s, idx, before):
			// Nobody was removed, and an index made from this very store has the template: its person never was there.
			return nil, fmt.Errorf("search: %w",
				hint.With(fmt.Errorf("%w: templates without a person", gallery.ErrDamaged), file.HintDamaged))
		}
	}
}

// movedSince reports whether templates may have changed their person, or gone, between two revisions: an index that
// follows lacks them for a moment.
func (s *Store) movedSince(before, after revision) bool {
	if after == before {
		return false
	}
	var yes bool
	err := s.read.QueryRow(`SELECT EXISTS (SELECT 1 FROM touched WHERE seq > ?)
		OR NOT EXISTS (SELECT 1 FROM revision WHERE seq = ? AND id = ?)`,
		int64(before.Seq), int64(before.Seq), before.ID[:]).Scan(&yes)
	return yes || err != nil && !file.NoTable(err)
}

// fillNames looks up the names of the matches. It returns ErrNoPerson if one is gone.
func (s *Store) fillNames(out [][]gallery.Match) error {
	names := make(map[int64]string)
	for _, ms := range out {
		for i := range ms {
			name, ok := names[ms[i].PersonID]
			if !ok {
				ps, err := s.queryPeople(`WHERE id = ?`, ms[i].PersonID)
				if err != nil {
					return err
				}
				if len(ps) == 0 {
					return gallery.ErrNoPerson
				}
				name = ps[0].Name
				names[ms[i].PersonID] = name
			}
			ms[i].Name = name
		}
	}
	return nil
}
