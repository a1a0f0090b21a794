package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/internal/atomicfile"
	"faceid/internal/f32"
	"faceid/internal/hint"
)

func indexPath(path string) string { return path + ".index" }

// errForeign is the error for a file at the index's path that is something else.
func errForeign(err error) error {
	return hint.With(err, "this file stands where the gallery's search index belongs, and is left as it is: move it or the gallery; "+
		"if it is a damaged index and nothing else, delete it")
}

// freeIndex returns an error if a file of another kind stands at the index's path.
func freeIndex(path string) error {
	if err := flat.Replaceable(indexPath(path)); errors.Is(err, flat.ErrNotIndex) {
		return errForeign(err)
	}
	return nil
}

// searcher keeps the index over package flat in step with the store.
//
// Every transaction that adds or removes templates writes a revision: the last number of the line on which templates
// and tombstones are counted, and a random id. The index carries the revision it was made from as its stamp. A stamp
// found among the store's revisions says that the index is an earlier state of this very gallery, so that what is
// numbered above it brings it up to date. Any other index is made anew: one left beside a gallery file restored from a
// copy, one from before a migration, one that was damaged.
type searcher struct {
	change sync.Mutex // held by who changes the index

	mu     sync.RWMutex // protects idx; read-held during a search
	idx    *flat.Index  // nil: not opened yet, or found damaged
	memory bool         // the file cannot be written, the index is kept in memory. Protected by change.

	renewed revision // at which renew took an index away. Protected by change.
	deleted bool     // rows were deleted since compact was last tried. Protected by change.
}

// revision is a state of the store.
type revision = flat.Stamp

// lastRevision returns the state that the statements of q see, or ErrModel if that is of another model than want; nil is not
// compared.
func lastRevision(q queryer, want *gallery.Model) (revision, error) {
	var r revision
	var id []byte
	var m gallery.Model
	err := q.QueryRowContext(context.Background(), `SELECT seq, revision.id, model_name, model_sha256, dim, views
		FROM revision, gallery ORDER BY seq DESC LIMIT 1`).Scan(&r.Seq, &id, &m.Name, &m.SHA256, &m.Dim, &m.Views)
	if err == nil && len(id) != len(r.ID) {
		err = gallery.ErrDamaged
	}
	if err != nil {
		return r, wrapDB(err)
	}
	copy(r.ID[:], id)
	if want == nil {
		return r, nil
	}
	return r, m.Check(*want)
}

// search answers for the state want, or a later one, and says from which index. People is as in SearchOptions. If the gallery
// is migrated meanwhile it may answer from an index of the new model: the caller looks for that afterwards.
func (x *searcher) search(ctx context.Context, s *Store, want revision, probes [][]float32, o flat.SearchOptions) ([][]flat.Match, *flat.Index, error) {
	for try := 0; ; try++ {
		if x.stamp() != want || try > 0 {
			if err := x.catchUp(ctx, s, true); err != nil {
				return nil, nil, err
			}
		}
		out, idx, err := x.scan(ctx, probes, &o)
		switch {
		case err == nil:
			return out, idx, nil
		case try < 3 && errors.Is(err, flat.ErrDamaged):
			x.discard(s, idx)
		case try < 30 && (errors.Is(err, flat.ErrClosed) || errors.Is(err, flat.ErrStale)): // exchanged or deleted from at this moment
		default:
			return nil, nil, err
		}
	}
}

func (x *searcher) scan(ctx context.Context, probes [][]float32, o *flat.SearchOptions) ([][]flat.Match, *flat.Index, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.idx == nil {
		return nil, nil, flat.ErrClosed
	}
	out, err := x.idx.Search(ctx, probes, o)
	return out, x.idx, err
}

func (x *searcher) stamp() revision {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.idx == nil {
		return revision{}
	}
	return x.idx.Stamp()
}

// swap puts idx in the place of the present index and closes that.
func (x *searcher) swap(idx *flat.Index) error {
	x.mu.Lock()
	old := x.idx
	x.idx = idx
	x.mu.Unlock()
	if old == nil || old == idx {
		return nil
	}
	return old.Close()
}

// discard takes a damaged index away, file and all.
func (x *searcher) discard(s *Store, idx *flat.Index) {
	x.change.Lock()
	defer x.change.Unlock()
	if x.idx == idx { // nobody else did
		x.swap(nil)
		if s.readOnly == nil {
			flat.Remove(indexPath(s.path))
		}
	}
}

// renew takes an index away that knows somebody whom the store of this revision does not, so that the next search makes it
// anew. It reports false where that has been done: then it is the store that is damaged.
func (x *searcher) renew(s *Store, idx *flat.Index, at revision) bool {
	x.change.Lock()
	defer x.change.Unlock()
	if x.idx != idx { // somebody else did
		return true
	}
	if x.renewed == at {
		return false
	}
	x.renewed = at
	x.swap(nil)
	if !x.memory && s.readOnly == nil {
		flat.Remove(indexPath(s.path))
	}
	return true
}

func (x *searcher) close() error {
	x.change.Lock()
	defer x.change.Unlock()
	return x.swap(nil)
}

// catchUp brings the index to the store's present state: by what is new where the index is an earlier state of the
// gallery, else by making it anew if rebuild is set. Without rebuild such an index is removed.
func (x *searcher) catchUp(ctx context.Context, s *Store, rebuild bool) error {
	x.change.Lock()
	defer x.change.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		known := false
		if x.idx == nil && !x.memory {
			idx, err := flat.Open(indexPath(s.path), &flat.Options{NoSync: true, ReadOnly: s.readOnly != nil})
			if errors.Is(err, flat.ErrStale) { // replaced at this moment
				continue
			}
			if errors.Is(err, flat.ErrNotIndex) {
				return errForeign(err)
			}
			if err == nil {
				x.swap(idx)
			}
		}
		var have revision
		if x.idx != nil {
			var err error
			have, err = x.idx.Refresh()
			if errors.Is(err, flat.ErrStale) {
				continue
			}
			known = err == nil
		}
		// The snapshot begins after the refresh, so that it is not behind an index of this gallery.
		done, err := x.follow(ctx, s, have, known, rebuild)
		if done && err == nil {
			x.compact(ctx)
		}
		if done || err != nil {
			return err
		}
	}
}

// compactRows is how many deleted rows are left in the index without a thought: a search scans them in microseconds.
const compactRows = 4096

// compact writes the index without its deleted rows when they are more than half as many as the others: it
// costs about as much as making the index anew, and searches scan them like others until then. Where it fails, on a full disk
// say, the index is as right as before; it is tried again after the next deletion.
func (x *searcher) compact(ctx context.Context) {
	if x.idx == nil || !x.deleted {
		return
	}
	x.deleted = false
	st := x.idx.Stats()
	if dead := st.Rows - st.Live; dead > compactRows && dead > st.Live/2 {
		x.idx.Compact(ctx, true)
	}
}

// follow does one try of catchUp.
func (x *searcher) follow(ctx context.Context, s *Store, have revision, known, rebuild bool) (bool, error) {
	tx, err := s.read.Begin()
	if err != nil {
		return false, wrapDB(err)
	}
	defer tx.Rollback()
	now, err := lastRevision(tx, nil)
	if err != nil {
		return false, err
	}
	if known && have == now {
		return true, nil
	}
	if known {
		err := tx.QueryRow(`SELECT 1 FROM revision WHERE seq = ? AND id = ?`, int64(have.Seq), have.ID[:]).Scan(new(int))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, wrapDB(err)
		}
		known = err == nil
	}
	if known {
		err := x.extend(ctx, s, tx, have, now)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, flat.ErrStale):
			return false, nil
		case ctx.Err() != nil || errors.Is(err, gallery.ErrDamaged):
			return false, err
		}
		// A file that cannot be extended, be it damaged or not writable any more, is made anew.
	}
	if !rebuild {
		x.swap(nil)
		err := flat.Remove(indexPath(s.path))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return true, err
	}
	return x.rebuild(ctx, s, tx, now)
}

const appendRows = 8192 // rows handed to the index at once, unless one transaction added more

// extend adds to the index what the store has beyond have. The index is stamped at revisions only, so that it never
// holds half of one; what was removed or moved since have is gone before anything is added. Moved templates come back at
// once, with the person whom they have now: between the two the index lacks them, for which Search looks afterwards.
func (x *searcher) extend(ctx context.Context, s *Store, tx *sql.Tx, have, now revision) error {
	gone, err := column(tx, `SELECT person_id FROM tombstone WHERE seq > ?`, int64(have.Seq))
	if err != nil {
		return err
	}
	touched, err := column(tx, `SELECT template_id FROM touched WHERE seq > ?`, int64(have.Seq))
	if err != nil && !noTable(err) {
		return err
	}
	if len(gone)+len(touched) > 0 {
		n, err := x.idx.Delete(gone, touched, have)
		if err != nil {
			return err
		}
		x.deleted = x.deleted || n > 0
	}
	var stamps []revision
	err = each(tx, func(rows *sql.Rows) error {
		var r revision
		var id sql.RawBytes
		if err := rows.Scan(&r.Seq, &id); err != nil {
			return err
		}
		copy(r.ID[:], id)
		stamps = append(stamps, r)
		return nil
	}, `SELECT seq, id FROM revision WHERE seq > ? ORDER BY seq`, int64(have.Seq))
	if err != nil {
		return err
	}
	var batch []flat.Row
	flush := func(r revision) error {
		err := x.idx.Append(batch, r)
		batch = batch[:0]
		return err
	}
	if len(touched) > 0 { // those that went to another person
		again := `WHERE t.id <= ? AND t.id IN (SELECT template_id FROM touched WHERE seq > ?) ORDER BY t.id`
		err := s.eachVector(ctx, tx, func(r flat.Row) error {
			batch = append(batch, r)
			return nil
		}, again, int64(have.Seq), int64(have.Seq))
		if err != nil {
			return err
		}
	}
	err = s.eachVector(ctx, tx, func(r flat.Row) error {
		// stamps[0] is the revision under way; the last one covers everything.
		for len(stamps) > 1 && uint64(r.Template) > stamps[0].Seq {
			if len(batch) >= appendRows {
				if err := flush(stamps[0]); err != nil {
					return err
				}
			}
			stamps = stamps[1:]
		}
		batch = append(batch, r)
		return nil
	}, `WHERE t.id > ? ORDER BY t.id`, int64(have.Seq))
	if err != nil {
		return err
	}
	return flush(now)
}

// noTable reports whether err says that the gallery is of a version that lacks a table.
func noTable(err error) bool { return err != nil && strings.Contains(err.Error(), "no such table") }

// eachVector calls f for every template t of a query's end, in its order. f may keep the row.
func (s *Store) eachVector(ctx context.Context, tx *sql.Tx, f func(flat.Row) error, where string, args ...any) error {
	q := `SELECT t.id, t.person_id, t.embedding, c.vector FROM template t LEFT JOIN checksum c ON c.template_id = t.id `
	if s.version < 2 {
		q = `SELECT t.id, t.person_id, t.embedding, NULL FROM template t `
	}
	var slab []float32 // one allocation for many rows
	n, last := 0, int64(0)
	return each(tx, func(rows *sql.Rows) error {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var r flat.Row
		var b sql.RawBytes
		var sum sql.NullInt64
		if err := rows.Scan(&r.Template, &r.Person, &b, &sum); err != nil {
			return err
		}
		if s.version >= 2 && !holds(sum, vectorSum(r.Template, r.Person, b)) {
			return errTemplate(r.Template, "the checksum does not hold")
		}
		if r.Template <= last { // SQLite takes the order for granted
			return errTemplate(r.Template, "it is out of order")
		}
		last = r.Template
		if len(b) != 4*s.dim {
			return errTemplate(r.Template, "the embedding has the wrong length")
		}
		if len(slab) < s.dim {
			slab = make([]float32, 256*s.dim)
		}
		r.Vector, slab = slab[:s.dim:s.dim], slab[s.dim:]
		f32.Read(r.Vector, b)
		return f(r)
	}, q+where, args...)
}

// forget takes removed people out of the index file, and takes away unfinished ones, in which they may stand.
func (x *searcher) forget(ctx context.Context, s *Store) error {
	dead, live := atomicfile.Temps(indexPath(s.path))
	for _, f := range append(dead, live...) {
		os.Remove(f)
	}
	x.change.Lock()
	idle := x.idx == nil
	x.change.Unlock()
	if fi, err := os.Stat(indexPath(s.path)); idle && (errors.Is(err, fs.ErrNotExist) || err == nil && fi.IsDir()) {
		return nil
	}
	return x.catchUp(ctx, s, false)
}

// each runs a query and calls f for each row.
func each(tx *sql.Tx, f func(*sql.Rows) error, q string, args ...any) error {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return wrapDB(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return wrapDB(err)
		}
	}
	return wrapDB(rows.Err())
}

// column returns the one column of a query.
func column(tx *sql.Tx, q string, args ...any) ([]int64, error) {
	var out []int64
	err := each(tx, func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	}, q, args...)
	return out, err
}
