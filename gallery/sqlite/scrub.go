package sqlite

import (
	"context"
	"fmt"
	"os"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/hint"
)

// scrub makes a removal final. secure_delete zeroes a deleted cell and a freed page, but two kinds of copies stay:
// older page versions in the write-ahead log, and what SQLite leaves in the unused middle of a b-tree page when it
// moves cells to a neighbour. So the log is emptied into the file, and with the write lock held and the log still
// empty the unused middle of every page is overwritten with zeros. Nobody can move a page meanwhile: that takes a
// frame in the log, and a frame takes the write lock. The bytes written mean nothing to SQLite, so a crash half-way
// does no harm; gallery.scrub stays 1 until all is done, and the next Open, Remove or Compact does it again.
//
// It waits for readers, and then returns ErrBusy. With keep gallery.scrub stays 1, since something else is left to be
// done.
func (s *Store) scrub(ctx context.Context, wait time.Duration, keep bool) error {
	deadline := time.Now().Add(wait)
	for {
		done, err := s.tryScrub(ctx, keep)
		switch {
		case done || err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !time.Now().Before(deadline):
			return hint.With(fmt.Errorf("%w: it reads what stands in the log", gallery.ErrBusy),
				"try again when the other process is done")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Store) tryScrub(ctx context.Context, keep bool) (bool, error) {
	if err := s.checkpoint(ctx); err != nil {
		return false, err
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return false, err
	}
	defer tx.rollback()
	st, err := os.Stat(s.path + "-wal")
	if err == nil && st.Size() > 0 {
		return false, nil
	}
	var pending int
	if err := tx.row(`SELECT scrub FROM gallery`).Scan(&pending); err != nil || pending == 0 {
		return err == nil, file.Wrap(err)
	}
	f, err := s.file.Open(s.path)
	if err != nil {
		return false, err
	}
	if err := file.ZeroGaps(f); err != nil {
		return false, err
	}
	if keep {
		return true, nil
	}
	if _, err := tx.exec(`UPDATE gallery SET scrub = 0`); err != nil {
		return false, file.Wrap(err)
	}
	if err := tx.commit(); err != nil {
		return false, err
	}
	// That commit makes other connections read their pages anew; this one must not write old ones back.
	_, err = s.write.Exec(`PRAGMA shrink_memory`)
	return true, file.Wrap(err)
}

// checkpoint empties the write-ahead log into the file, unless somebody reads from it.
func (s *Store) checkpoint(ctx context.Context) error {
	select {
	case s.writeLock <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writeLock }()
	var busy, log, moved int
	err := s.write.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved)
	if file.Busy(err) {
		return nil
	}
	return file.Wrap(err)
}
