package sqlite

import (
	"context"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
)

// Update implements Engine.
func (s *Store) Update(ctx context.Context, p gallery.Person) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.live.Done()
	name, err := gallery.CleanName(p.Name)
	if err != nil {
		return err
	}
	p.Name = name
	m, err := gallery.CompactMetadata(p.Metadata)
	if err != nil {
		return err
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return fmt.Errorf("update: %w", err)
	}
	defer tx.rollback()
	res, err := tx.exec(`UPDATE person SET name = ?, metadata = ?, updated = ? WHERE id = ?`, p.Name,
		nullText(m), file.Now(), p.ID)
	if err != nil {
		return file.Wrap(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(fmt.Errorf("%w: id %d", gallery.ErrNoPerson, p.ID), err)
	}
	if err := tx.signPerson(p.ID); err != nil {
		return err
	}
	return tx.commit()
}

// Remove implements Engine. When it returns nothing of the people is left in the gallery file, its write-ahead log
// and the index, other than their bare ids. It reads the whole file for that, about a second for a million templates,
// and when many have been removed it writes the index anew, about as long as the first search of a gallery takes.
// It returns gallery.ErrTraces, the removal being done, if another process keeps reading for longer than
// Options.Timeout, or the disk is full: then traces go with the next Remove, Compact or Open. The blocks of the disk
// that the log gave back are out of its reach.
func (s *Store) Remove(ctx context.Context, personID ...int64) error {
	return s.change(ctx, "remove", len(personID), func(c *change) error {
		for _, id := range unique(personID) {
			if err := c.removePerson(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveTemplates implements Engine, as thoroughly as Remove.
func (s *Store) RemoveTemplates(ctx context.Context, templateID ...int64) error {
	return s.change(ctx, "remove templates", len(templateID), func(c *change) error {
		for _, id := range unique(templateID) {
			if err := c.removeTemplate(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Move implements Engine.
func (s *Store) Move(ctx context.Context, templateIDs []int64, toPerson int64) (gallery.Moved, error) {
	var m gallery.Moved
	err := s.change(ctx, "move", 1, func(c *change) error {
		if err := c.tx.row(`SELECT id FROM person WHERE id = ?`, toPerson).Scan(new(int64)); err != nil {
			return orNone(err, gallery.ErrNoPerson, toPerson)
		}
		for _, id := range unique(templateIDs) {
			if err := c.move(ctx, id, toPerson, &m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return gallery.Moved{}, err
	}
	return m, nil
}

// Merge implements Engine, and removes the others as thoroughly as Remove.
func (s *Store) Merge(ctx context.Context, into int64, from ...int64) (gallery.Moved, error) {
	var m gallery.Moved
	err := s.change(ctx, "merge", 1, func(c *change) error {
		have, err := c.metadata(into)
		if err != nil {
			return err
		}
		for _, id := range unique(from) {
			if id == into {
				continue
			}
			more, err := c.metadata(id)
			if err == nil {
				have, err = gallery.MergeMetadata(have, more)
			}
			if err != nil {
				return err
			}
			templates, err := file.Column(ctx, c.tx.conn, `SELECT id FROM template WHERE person_id = ? ORDER BY id`, id)
			if err != nil {
				return err
			}
			for _, t := range templates {
				if err := c.move(ctx, t, into, &m); err != nil {
					return err
				}
			}
			if err := c.removePerson(ctx, id); err != nil {
				return err
			}
		}
		if !c.removed {
			return nil
		}
		if _, err = c.tx.exec(`UPDATE person SET metadata = ?, updated = ? WHERE id = ?`, nullText(have),
			file.Now(), into); err != nil {
			return file.Wrap(err)
		}
		return c.tx.signPerson(into)
	})
	if err != nil {
		return gallery.Moved{}, err
	}
	return m, nil
}
