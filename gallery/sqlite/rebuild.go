package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/hint"
)

// rebuild makes the index anew from the store, in memory if the file cannot be written.
func (x *searcher) rebuild(ctx context.Context, s *Store, tx *sql.Tx, now revision) (bool, error) {
	var total, done int
	count := `SELECT count(*) FROM checksum` // not of the templates: rows may be lost of a damaged page
	if s.version < 2 {
		count = `SELECT count(*) FROM template`
	}
	if err := tx.QueryRow(count).Scan(&total); err != nil {
		return false, file.Wrap(err)
	}
	var mem *flat.Index
	var b *flat.Builder
	var err error
	if !x.memory && s.readOnly == nil {
		if b, err = flat.Create(file.IndexPath(s.path), s.dim, &flat.Options{NoSync: true}); err == nil {
			defer b.Abort()
		}
		if errors.Is(err, flat.ErrNotIndex) {
			return false, errForeign(err)
		}
	}
	if b == nil {
		if mem, err = flat.New(s.dim, nil); err != nil {
			return false, err
		}
		x.memory = true
	}
	batch := make([]flat.Row, 0, appendRows)
	flush := func() error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		if mem != nil {
			err = mem.Append(batch, revision{})
		} else {
			err = b.Append(batch)
		}
		done += len(batch)
		batch = batch[:0]
		if s.progress != nil && err == nil {
			s.progress(done, total)
		}
		return err
	}
	err = s.eachVector(ctx, tx, func(r flat.Row) error {
		batch = append(batch, r)
		if len(batch) < appendRows {
			return nil
		}
		return flush()
	}, `ORDER BY t.id`)
	if err == nil {
		err = flush()
	}
	if err == nil && done != total {
		err = hint.With(fmt.Errorf("%w: %d of %d templates are there", gallery.ErrDamaged, done, total),
			file.HintDamaged)
	}
	err = file.Wrap(err)
	if mem == nil && err != nil && !errors.Is(err, flat.ErrVector) &&
		!errors.Is(err, gallery.ErrDamaged) && ctx.Err() == nil {
		x.memory = true // a full disk, say
		return false, nil
	}
	if errors.Is(err, flat.ErrVector) {
		return false, hint.With(fmt.Errorf("%w: %v", gallery.ErrDamaged, err), file.HintDamaged)
	}
	if err != nil {
		return false, err
	}
	if mem != nil {
		if err := mem.Append(nil, now); err != nil {
			return false, err
		}
		return true, x.swap(mem)
	}
	idx, err := b.Commit(now)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // somebody's Remove took the unfinished file, which had the removed person in it
	}
	if errors.Is(err, flat.ErrNotIndex) {
		return false, errForeign(err)
	}
	if err != nil {
		x.memory = true
		return false, nil
	}
	return true, x.swap(idx)
}
