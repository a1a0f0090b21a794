package flat

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// personIndex finds the rows of a person. It covers the first rows of a view of its epoch; later ones are few
// and looked through.
type personIndex struct {
	epoch, rows int
	pid         []int64 // ascending
	row         []int32 // by person and template
}

// later is how many rows may come after a personIndex before it is made anew.
const later = 1 << 15

func (x *Index) personIndex(v *view, allow int) (*personIndex, error) {
	pi := x.people.Load()
	if pi != nil && pi.epoch == v.epoch && v.rows()-pi.rows <= allow {
		return pi, nil
	}
	type entry struct {
		pid, tid int64
		row      int32
	}
	es := make([]entry, 0, v.rows())
	for _, c := range v.chunks {
		if err := x.check(c, partFigures); err != nil {
			return nil, err
		}
		for i := range v.rowsOf(c) {
			if e := (entry{c.pid[i], c.tid[i], int32(c.num*x.y.rows + i)}); !c.dead(i) {
				es = append(es, e)
			}
		}
	}
	order := func(a, b entry) int { return cmp.Or(cmp.Compare(a.pid, b.pid), cmp.Compare(a.tid, b.tid)) }
	if !slices.IsSortedFunc(es, order) {
		slices.SortFunc(es, order)
	}
	pi = &personIndex{epoch: v.epoch, rows: v.rows(), pid: make([]int64, len(es)), row: make([]int32, len(es))}
	for i, e := range es {
		pi.pid[i], pi.row[i] = e.pid, e.row
	}
	x.people.Store(pi)
	return pi, nil
}

// rowsOfPeople returns the rows of v that belong to these people, ascending. Some may be dead by now.
func (x *Index) rowsOfPeople(v *view, people []int64) ([]int32, error) {
	pi, err := x.personIndex(v, later)
	if err != nil {
		return nil, err
	}
	people = slices.Clone(people)
	slices.Sort(people)
	people = slices.Compact(people)
	var rows []int32
	at := 0
	for _, p := range people {
		i, ok := slices.BinarySearch(pi.pid[at:], p)
		at += i
		for ; ok && at < len(pi.pid) && pi.pid[at] == p; at++ {
			if int(pi.row[at]) < v.rows() {
				rows = append(rows, pi.row[at])
			}
		}
	}
	for r := pi.rows; r < v.rows(); r++ {
		c, i := v.chunks[r/x.y.rows], r%x.y.rows
		if err := x.check(c, partFigures); err != nil {
			return nil, err
		}
		if _, ok := slices.BinarySearch(people, c.pid[i]); ok {
			rows = append(rows, int32(r))
		}
	}
	slices.Sort(rows)
	return rows, nil
}

// gather scores a few rows without looking at any code.
func (x *Index) gather(ctx context.Context, v *view, probes [][]float32, rows []int32, tops []*topK) error {
	d := x.y.dim
	all := flatten(probes, d)
	return parallel(len(rows), 256, x.opt.workers(), func(a, b int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		buf, out := make([]float32, d), make([]float64, len(probes))
		for _, r := range rows[a:b] {
			c, i := v.chunks[int(r)/x.y.rows], int(r)%x.y.rows
			if err := x.check(c, partFigures); err != nil {
				return err
			}
			m := Match{Person: c.pid[i], Template: c.tid[i]}
			vec, err := x.vector(c, i, buf)
			if err != nil {
				return err
			}
			if vec == nil {
				continue
			}
			x.kern.dots(vec, all, len(probes), out) // q·x and x·q have the same products in the same order
			for p := range probes {
				m.Score = score(out[p])
				tops[p].offer(m)
			}
		}
		return nil
	})
}

func flatten(probes [][]float32, d int) []float32 {
	all := make([]float32, 0, len(probes)*d)
	for _, p := range probes {
		all = append(all, p...)
	}
	return all
}

// scanExact gives the reference score of every wanted live row (all if wanted is nil) to f, which runs on many
// goroutines.
func (x *Index) scanExact(ctx context.Context, v *view, probes [][]float32, wanted []uint64,
	f func(p, row int, m Match)) error {
	all := flatten(probes, x.y.dim)
	return x.eachChunk(ctx, v, func(s *scratch, c *chunk) error {
		n, base := v.rowsOf(c), c.num*x.y.rows
		if wanted != nil && !slices.ContainsFunc(wanted[base/64:min(len(wanted), (base+n+63)/64)],
			func(w uint64) bool { return w != 0 }) {
			return nil
		}
		vec, err := x.vectors(v, c, sized(&s.block, x.y.rows*x.y.dim))
		if err != nil {
			return err
		}
		out := sized(&s.out, len(probes))
		for i := range n {
			at, m := base+i, Match{Person: c.pid[i], Template: c.tid[i]}
			if c.dead(i) || wanted != nil && wanted[at/64]>>(at%64)&1 == 0 {
				continue // dead is asked after the ids are read: a deletion marks the row first
			}
			x.kern.dots(vec[i*x.y.dim:][:x.y.dim], all, len(probes), out)
			for p := range probes {
				m.Score = score(out[p])
				f(p, at, m)
			}
		}
		return nil
	})
}

// searchMean ranks people by the mean of their templates' scores, added as float64 by ascending template id
// and rounded to float32 once.
func (x *Index) searchMean(ctx context.Context, v *view, probes [][]float32, wanted []uint64, tops []*topK) error {
	const some = 8 // probes per pass, for it keeps a score per row
	if len(probes) > some {
		for i := 0; i < len(probes); i += some {
			j := min(i+some, len(probes))
			if err := x.searchMean(ctx, v, probes[i:j], wanted, tops[i:j]); err != nil {
				return err
			}
		}
		return nil
	}
	pi, err := x.personIndex(v, 0)
	if err != nil {
		return err
	}
	none := float32(math.NaN()) // of rows not wanted, and of those deleted meanwhile
	scores := make([][]float32, len(probes))
	tids := make([]int64, v.rows())
	for p := range scores {
		scores[p] = slices.Repeat([]float32{none}, v.rows())
	}
	err = x.scanExact(ctx, v, probes, wanted, func(p, row int, m Match) {
		scores[p][row], tids[row] = m.Score, m.Template
	})
	if err != nil {
		return err
	}
	for p, s := range scores {
		for a := 0; a < len(pi.pid); {
			m, sum, n := Match{Person: pi.pid[a]}, 0.0, 0
			best := never
			for ; a < len(pi.pid) && pi.pid[a] == m.Person; a++ {
				r := int(pi.row[a])
				if r >= v.rows() || s[r] != s[r] {
					continue
				}
				sum += float64(s[r])
				n++
				if s[r] > best {
					best, m.Template = s[r], tids[r]
				}
			}
			if n > 0 {
				m.Score = float32(sum / float64(n))
				tops[p].offer(m)
			}
		}
	}
	return nil
}
