package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/hint"
)

// change is a transaction that takes something away.
type change struct {
	tx      *writeTx
	moved   bool // templates have another person
	removed bool // somebody or something is gone, whose traces are to go
}

// change runs f as one transaction, if n things are to be done, and takes what is gone out of the index and the files.
func (s *Store) change(ctx context.Context, what string, n int, f func(*change) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.live.Done()
	if n == 0 {
		return nil
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer tx.rollback()
	c := change{tx: tx}
	if err := f(&c); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !c.moved && !c.removed {
		return nil
	}
	if c.removed {
		if _, err := tx.exec(`UPDATE gallery SET scrub = 1`); err != nil {
			return fmt.Errorf("%s: %w", what, file.Wrap(err))
		}
	}
	if err := tx.revise(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !c.removed {
		return nil
	}
	if err := s.forget(s.timeout); err != nil {
		next := hintTraces
		switch {
		case errors.Is(err, flat.ErrNotIndex):
			next = hint.Of(err)
		case errors.Is(err, gallery.ErrDiskFull):
			next = "make room on the disk: " + next
		}
		return hint.With(fmt.Errorf("%s: %w: %w", what, gallery.ErrTraces, err), next)
	}
	return nil
}

const hintTraces = "they go with the next removal, or when the gallery is opened again"

// forget takes what was removed out of the index and scrubs the file, for which it waits for readers. The removal
// itself is committed, so that no context ends it. An error says why traces may be left; gallery.scrub stays 1 then.
func (s *Store) forget(wait time.Duration) error {
	ctx := context.Background()
	err := s.search.forget(ctx, s)
	return errors.Join(err, s.scrub(ctx, wait, err != nil))
}

// number writes the next number of the line of templates and tombstones into a table, with an id.
func (c *change) number(table string, id int64) error {
	if _, err := c.tx.exec(`UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'template'`); err != nil {
		return file.Wrap(err)
	}
	_, err := c.tx.exec(`INSERT INTO `+table+` SELECT seq, ? FROM sqlite_sequence WHERE name = 'template'`, id)
	return file.Wrap(err)
}

func (c *change) removePerson(ctx context.Context, id int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.number("tombstone", id); err != nil {
		return err
	}
	res, err := c.tx.exec(`DELETE FROM person WHERE id = ?`, id)
	if err != nil {
		return file.Wrap(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fmt.Errorf("%w: id %d", gallery.ErrNoPerson, id), err)
	}
	c.removed = true
	return nil
}

func (c *change) removeTemplate(ctx context.Context, id int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.number("touched", id); err != nil {
		return err
	}
	res, err := c.tx.exec(`DELETE FROM template WHERE id = ?`, id)
	if err != nil {
		return file.Wrap(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fmt.Errorf("%w: id %d", gallery.ErrNoTemplate, id), err)
	}
	c.removed = true
	return nil
}

// move gives a template to a person, or removes it if the person has it already.
func (c *change) move(ctx context.Context, id, person int64, m *gallery.Moved) error {
	var from int64
	var twice bool
	err := c.tx.row(`SELECT person_id,
		EXISTS (SELECT 1 FROM template o WHERE o.person_id = ? AND o.key = t.key AND o.id <> t.id)
		FROM template t WHERE id = ?`, person, id).Scan(&from, &twice)
	switch {
	case err != nil:
		return orNone(err, gallery.ErrNoTemplate, id)
	case from == person:
		return ctx.Err()
	case twice:
		m.Duplicates++
		return c.removeTemplate(ctx, id)
	}
	if err := c.number("touched", id); err != nil {
		return err
	}
	if _, err := c.tx.exec(`UPDATE template SET person_id = ? WHERE id = ?`, person, id); err != nil {
		return file.Wrap(err)
	}
	if err := c.tx.signVector(id); err != nil {
		return err
	}
	m.Templates++
	c.moved = true
	return ctx.Err()
}

func (c *change) metadata(id int64) (json.RawMessage, error) {
	var m sql.NullString
	if err := c.tx.row(`SELECT metadata FROM person WHERE id = ?`, id).Scan(&m); err != nil {
		return nil, orNone(err, gallery.ErrNoPerson, id)
	}
	if !m.Valid {
		return nil, nil
	}
	return json.RawMessage(m.String), nil
}

// unique returns the ids in order, each once.
func unique(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// orNone returns none with the id for a row that is not there.
func orNone(err, none error, id int64) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: id %d", none, id)
	}
	return file.Wrap(err)
}
