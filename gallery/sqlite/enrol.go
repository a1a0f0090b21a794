package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/f32"
	"faceid/internal/hint"
)

// Enrol implements Engine. All enrolments of one call are one transaction: for many templates, few calls with
// hundreds of templates each are ten times faster than one call each, because every call waits for the disk.
func (s *Store) Enrol(ctx context.Context, e []gallery.Enrolment, o *gallery.EnrolOptions) ([]gallery.Enrolled, error) {
	m := s.model.Load() // that the embeddings are of
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	if o == nil {
		o = &gallery.EnrolOptions{}
	}
	e, err := gallery.NormaliseEnrolments(e, s.dim)
	if err != nil || len(e) == 0 {
		return nil, err
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	defer tx.rollback()
	if err := file.StillModel(tx.conn, m); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	w, err := newEnroller(tx)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", file.Wrap(err))
	}
	defer w.close()
	out := make([]gallery.Enrolled, len(e))
	for i := range e {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if out[i], err = w.enrol(&e[i], o); err != nil {
			return nil, fmt.Errorf("enrolment %d (%.100q): %w", i, e[i].Name, file.Wrap(err))
		}
	}
	if err := w.sign(); err != nil {
		return nil, fmt.Errorf("enrol: %w", file.Wrap(err))
	}
	w.close()
	if slices.ContainsFunc(out, func(r gallery.Enrolled) bool { return r.Added > 0 }) {
		if err := tx.revise(); err != nil {
			return nil, fmt.Errorf("enrol: %w", err)
		}
	}
	if err := tx.commit(); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	return out, nil
}

// enroller holds the prepared statements of one enrolment transaction.
type enroller struct {
	tx                                                 *writeTx
	find, get, newPerson, metadata, templ, trunk, sums *sql.Stmt
	lastPerson                                         int64 // the highest id ever given
	now                                                int64
	blob                                               []byte
	signed                                             []any // rows of checksums that are still to be written
}

// signAtOnce is how many rows of checksums go into one statement: a statement costs as much as the row of a template.
const signAtOnce = 64

func newEnroller(tx *writeTx) (*enroller, error) {
	w := &enroller{tx: tx, now: file.Now()}
	err := tx.row(`SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'person'`).Scan(&w.lastPerson)
	if err != nil {
		return nil, err
	}
	for _, p := range []struct {
		stmt **sql.Stmt
		q    string
	}{
		{&w.find, `SELECT id FROM person WHERE name = ? ORDER BY id LIMIT 1`},
		{&w.get, `SELECT id FROM person WHERE id = ?`},
		{&w.newPerson, `INSERT INTO person (id, name, metadata, created, updated, sum) VALUES (?, ?, ?, ?, ?, ?)`},
		{&w.metadata, `UPDATE person SET metadata = ?, updated = ? WHERE id = ?`},
		{&w.templ, `INSERT INTO template (person_id, key, created, score, size, sharpness, frontal, norm,
			path, sha256, x0, y0, x1, y1, embedding) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (person_id, key) DO NOTHING`},
		{&w.trunk, `INSERT INTO trunk VALUES (?, ?)`},
	} {
		var err error
		if *p.stmt, err = tx.conn.PrepareContext(context.Background(), p.q); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *enroller) close() {
	for _, s := range []**sql.Stmt{&w.find, &w.get, &w.newPerson, &w.metadata, &w.templ, &w.trunk, &w.sums} {
		if *s != nil {
			(*s).Close()
			*s = nil
		}
	}
}

func (w *enroller) enrol(e *gallery.Enrolment, o *gallery.EnrolOptions) (gallery.Enrolled, error) {
	r, err := w.person(e, o)
	if err != nil {
		return r, err
	}
	for i := range e.Templates {
		added, err := w.template(r.PersonID, &e.Templates[i])
		if err != nil {
			return r, err
		}
		if added {
			r.Added++
		} else {
			r.Duplicates++
		}
	}
	return r, nil
}

// person finds or creates the person of e.
func (w *enroller) person(e *gallery.Enrolment, o *gallery.EnrolOptions) (gallery.Enrolled, error) {
	var r gallery.Enrolled
	var err error
	switch {
	case e.PersonID > 0:
		err = w.get.QueryRow(e.PersonID).Scan(&r.PersonID)
		if errors.Is(err, sql.ErrNoRows) {
			return r, fmt.Errorf("%w: id %d", gallery.ErrNoPerson, e.PersonID)
		}
	case o.UniqueName || !o.NewPeople:
		err = w.find.QueryRow(e.Name).Scan(&r.PersonID)
		switch {
		case err == nil && o.UniqueName:
			return r, hint.With(fmt.Errorf("%w: person %d", gallery.ErrNameTaken, r.PersonID),
				"choose another name, or allow to extend the person who has it")
		case errors.Is(err, sql.ErrNoRows):
			err = nil
		}
	}
	if err != nil {
		return r, err
	}
	if r.PersonID == 0 {
		w.lastPerson++
		r.Created, r.PersonID = true, w.lastPerson
		_, err := w.newPerson.Exec(r.PersonID, e.Name, nullText(e.Metadata), w.now, w.now,
			file.PersonSum(r.PersonID, e.Name, sql.NullString{String: string(e.Metadata), Valid: e.Metadata != nil},
				w.now, w.now))
		return r, err
	}
	if e.Metadata != nil {
		if _, err = w.metadata.Exec(nullText(e.Metadata), w.now, r.PersonID); err == nil {
			err = w.tx.signPerson(r.PersonID)
		}
	}
	return r, err
}

// template stores t and reports whether it is new.
func (w *enroller) template(person int64, t *gallery.Template) (bool, error) {
	key := t.Key()
	w.blob = f32.Append(w.blob[:0], t.Embedding)
	q, s := t.Quality, t.Source
	res, err := w.templ.Exec(person, key[:], w.now, q.Score, q.Size, q.Sharpness, q.Frontal, q.Norm,
		s.Path, s.SHA256, s.Box[0], s.Box[1], s.Box[2], s.Box[3], w.blob)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return false, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return false, err
	}
	vector, trunk := file.VectorSum(id, person, w.blob), any(nil)
	if len(t.Trunk) > 0 {
		w.blob = f32.Append(w.blob[:0], t.Trunk)
		trunk = file.TrunkSum(id, w.blob)
		if _, err := w.trunk.Exec(id, w.blob); err != nil {
			return false, err
		}
	}
	w.signed = append(w.signed, id, vector, file.SourceSum(key[:], w.now, &q, &s), trunk)
	if len(w.signed) < 4*signAtOnce {
		return true, nil
	}
	if w.sums == nil {
		if w.sums, err = w.tx.conn.PrepareContext(context.Background(), signRows(signAtOnce)); err != nil {
			return true, err
		}
	}
	_, err = w.sums.Exec(w.signed...)
	w.signed = w.signed[:0]
	return true, err
}

// signRows inserts n rows of checksums.
func signRows(n int) string {
	return `INSERT INTO checksum VALUES (?, ?, ?, ?)` + strings.Repeat(`, (?, ?, ?, ?)`, n-1)
}

// sign writes the checksums that are left, before the transaction ends.
func (w *enroller) sign() error {
	n := len(w.signed) / 4
	if n == 0 {
		return nil
	}
	_, err := w.tx.exec(signRows(n), w.signed...)
	w.signed = w.signed[:0]
	return err
}

// nullText is b as an SQL text, NULL for nil.
func nullText(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}
