package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"sync"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/atomicfile"
	"faceid/internal/hint"
)

// errForeign is the error for a file at the index's path that is something else.
func errForeign(err error) error {
	return hint.With(err, "this file stands where the gallery's search index belongs, and is left as it is: "+
		"move it or the gallery; if it is a damaged index and nothing else, delete it")
}

// freeIndex returns an error if a file of another kind stands at the index's path.
func freeIndex(path string) error {
	if err := flat.Replaceable(file.IndexPath(path)); errors.Is(err, flat.ErrNotIndex) {
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
	change sync.Mutex // held by whoever changes the index

	mu     sync.RWMutex // protects idx; read-held during a search
	idx    *flat.Index  // nil: not opened yet, or found damaged
	memory bool         // the file cannot be written, the index is kept in memory. Protected by change.

	renewed revision // at which renew took an index away. Protected by change.
	deleted bool     // rows were deleted since compact was last tried. Protected by change.
}

// revision is a state of the store.
type revision = flat.Stamp

// lastRevision returns the state that the statements of q see, or ErrModel if that is of another model than want; nil
// is not compared.
func lastRevision(q file.Queryer, want *gallery.Model) (revision, error) {
	var r revision
	var id []byte
	var m gallery.Model
	err := q.QueryRowContext(context.Background(), `SELECT seq, revision.id, model_name, model_sha256, dim, views
		FROM revision, gallery ORDER BY seq DESC LIMIT 1`).Scan(&r.Seq, &id, &m.Name, &m.SHA256, &m.Dim, &m.Views)
	if err == nil && len(id) != len(r.ID) {
		err = gallery.ErrDamaged
	}
	if err != nil {
		return r, file.Wrap(err)
	}
	copy(r.ID[:], id)
	if want == nil {
		return r, nil
	}
	return r, m.Check(*want)
}

// search answers for the state want, or a later one, and says from which index. People is as in SearchOptions. If the
// gallery is migrated meanwhile it may answer from an index of the new model: the caller looks for that afterwards.
func (x *searcher) search(ctx context.Context, s *Store, want revision, probes [][]float32,
	o flat.SearchOptions) ([][]flat.Match, *flat.Index, error) {
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
		// exchanged or deleted from at this moment
		case try < 30 && (errors.Is(err, flat.ErrClosed) || errors.Is(err, flat.ErrStale)):
		default:
			return nil, nil, err
		}
	}
}

func (x *searcher) scan(ctx context.Context, probes [][]float32,
	o *flat.SearchOptions) ([][]flat.Match, *flat.Index, error) {
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
			flat.Remove(file.IndexPath(s.path))
		}
	}
}

// renew takes an index away that knows somebody whom the store of this revision does not, so that the next search makes
// it anew. It reports false where that has been done: then it is the store that is damaged.
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
		flat.Remove(file.IndexPath(s.path))
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
			idx, err := flat.Open(file.IndexPath(s.path), &flat.Options{NoSync: true, ReadOnly: s.readOnly != nil})
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
// costs about as much as making the index anew, and searches scan them like others until then. Where it fails, on a
// full disk say, the index is as right as before; it is tried again after the next deletion.
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
		return false, file.Wrap(err)
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
		err := tx.QueryRow(`SELECT 1 FROM revision WHERE seq = ? AND id = ?`, int64(have.Seq),
			have.ID[:]).Scan(new(int))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, file.Wrap(err)
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
		err := flat.Remove(file.IndexPath(s.path))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return true, err
	}
	return x.rebuild(ctx, s, tx, now)
}

// forget takes removed people out of the index file, and takes away unfinished ones, in which they may stand.
func (x *searcher) forget(ctx context.Context, s *Store) error {
	dead, live := atomicfile.Temps(file.IndexPath(s.path))
	for _, f := range append(dead, live...) {
		os.Remove(f)
	}
	x.change.Lock()
	idle := x.idx == nil
	x.change.Unlock()
	if fi, err := os.Stat(file.IndexPath(s.path)); idle && (errors.Is(err, fs.ErrNotExist) ||
		err == nil && fi.IsDir()) {
		return nil
	}
	return x.catchUp(ctx, s, false)
}
