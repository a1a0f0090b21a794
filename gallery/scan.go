package gallery

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"
)

// rows is a plain float32 scan: the slow second version of search.
type rows struct {
	dim    int
	id     []int64
	person []int64
	v      []float32
}

func (r *rows) add(id, person int64, v []float32) {
	r.id, r.person, r.v = append(r.id, id), append(r.person, person), append(r.v, v...)
}

func (r *rows) remove(people map[int64]bool) {
	n := 0
	for i, id := range r.id {
		if people[r.person[i]] {
			continue
		}
		r.id[n], r.person[n] = id, r.person[i]
		copy(r.v[n*r.dim:(n+1)*r.dim], r.v[i*r.dim:])
		n++
	}
	r.id, r.person, r.v = r.id[:n], r.person[:n], r.v[:n*r.dim]
}

// search ranks people for one probe. subset is sorted; nil means everybody.
func (r *rows) search(q []float32, k int, rank Rank, subset []int64) []Match {
	type tally struct {
		best Match
		sum  float64
		n    int
	}
	people := make(map[int64]*tally)
	for i, p := range r.person {
		if subset != nil {
			if _, ok := slices.BinarySearch(subset, p); !ok {
				continue
			}
		}
		var dot float64
		for j, x := range r.v[i*r.dim : (i+1)*r.dim] {
			dot += float64(x) * float64(q[j])
		}
		s := float32(dot)
		t := people[p]
		if t == nil {
			t = &tally{best: Match{PersonID: p, TemplateID: r.id[i], Score: s}}
			people[p] = t
		} else if s > t.best.Score || s == t.best.Score && r.id[i] < t.best.TemplateID {
			t.best.Score, t.best.TemplateID = s, r.id[i]
		}
		t.sum += float64(s)
		t.n++
	}
	out := make([]Match, 0, len(people))
	for _, t := range people {
		if rank == RankMean {
			t.best.Score = float32(t.sum / float64(t.n))
		}
		t.best.Score = min(1, max(-1, t.best.Score))
		out = append(out, t.best)
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.PersonID, b.PersonID))
	})
	return out[:min(k, len(out))]
}

// searcher is what the store searches with.
type searcher struct {
	mu    sync.RWMutex
	rows  *rows
	epoch int64
	seq   int64 // highest template id or tombstone seen
}

func (x *searcher) close() error { return nil }

func (x *searcher) search(ctx context.Context, s *Store, q [][]float32, k int, rank Rank, subset []int64) ([][]Match, error) {
	if err := x.catchUp(s); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	out := make([][]Match, len(q))
	for i := range q {
		out[i] = x.rows.search(q[i], k, rank, subset)
	}
	return out, nil
}

func (x *searcher) catchUp(s *Store) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	tx, err := s.read.Begin()
	if err != nil {
		return wrapDB(err)
	}
	defer tx.Rollback()
	var epoch, seq int64
	if err := tx.QueryRow(`SELECT epoch, (SELECT seq FROM sqlite_sequence WHERE name = 'template') FROM gallery`).Scan(&epoch, &seq); err != nil {
		return wrapDB(err)
	}
	if x.rows == nil || epoch != x.epoch {
		x.rows, x.epoch, x.seq = &rows{dim: s.dim}, epoch, 0
	}
	gone := make(map[int64]bool)
	rs, err := tx.Query(`SELECT person_id FROM tombstone WHERE seq > ?`, x.seq)
	if err != nil {
		return wrapDB(err)
	}
	defer rs.Close()
	for rs.Next() {
		var id int64
		if err := rs.Scan(&id); err != nil {
			return wrapDB(err)
		}
		gone[id] = true
	}
	if err := rs.Err(); err != nil {
		return wrapDB(err)
	}
	if len(gone) > 0 {
		x.rows.remove(gone)
	}
	rs, err = tx.Query(`SELECT id, person_id, embedding FROM template WHERE id > ? ORDER BY id`, x.seq)
	if err != nil {
		return wrapDB(err)
	}
	defer rs.Close()
	v := make([]float32, s.dim)
	for rs.Next() {
		var id, person int64
		var b sql.RawBytes
		if err := rs.Scan(&id, &person, &b); err != nil {
			return wrapDB(err)
		}
		if len(b) != 4*s.dim {
			return errTemplate(id, "embedding has the wrong length")
		}
		readFloats(v, b)
		x.rows.add(id, person, v)
	}
	x.seq = seq
	return wrapDB(rs.Err())
}
