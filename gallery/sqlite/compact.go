package sqlite

import (
	"context"
	"fmt"
	"time"

	"faceid/gallery/sqlite/internal/file"
)

// Compact gives back the space of what was removed: it rewrites the gallery file (which takes as much free disk
// space again), forgets the numbers of removed people, and makes the search index anew. The gallery can be read
// meanwhile, writers wait. It is safe to be killed at any moment.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.live.Done()
	if err := s.dropTombstones(ctx); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if err := s.vacuum(ctx); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if err := s.scrub(context.WithoutCancel(ctx), s.timeout, false); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	if err := s.search.catchUp(ctx, s, true); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

func (s *Store) dropTombstones(ctx context.Context) error {
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	for _, q := range []string{`DELETE FROM tombstone`, `DELETE FROM touched`, `UPDATE gallery SET scrub = 1`} {
		if _, err := tx.exec(q); err != nil {
			return file.Wrap(err)
		}
	}
	if err := tx.restart(); err != nil {
		return err
	}
	return tx.commit()
}

// vacuum rewrites the file. SQLite refuses it while another process writes, so it is tried until the timeout.
func (s *Store) vacuum(ctx context.Context) error {
	select {
	case s.writeLock <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writeLock }()
	deadline := time.Now().Add(s.timeout)
	for {
		_, err := s.write.Exec(`VACUUM`)
		if !file.Busy(err) || time.Now().After(deadline) {
			return file.Wrap(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// Prepare brings the search index up to date now, so that the next Search need not: worth it after an import. It
// reports by Options.Progress where the index must be made anew.
func (s *Store) Prepare(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.live.Done()
	return s.search.catchUp(ctx, s, true)
}
