package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"faceid/gallery/sqlite/internal/file"
)

// writeTx is a write transaction: BEGIN IMMEDIATE on the one writing connection.
//
// Statements run without the caller's context: the driver would start a goroutine for each, and an interrupted
// COMMIT leaves the caller not knowing. The context is looked at between them.
type writeTx struct {
	conn *sql.Conn
	s    *Store
	done bool
}

func (s *Store) beginWrite(ctx context.Context) (*writeTx, error) {
	if s.readOnly != nil {
		return nil, s.readOnly
	}
	select {
	case s.writeLock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	deadline := time.Now().Add(s.timeout)
	for {
		conn, err := s.beginOnce(ctx)
		if err == nil {
			return &writeTx{conn: conn, s: s}, nil
		}
		if e := ctx.Err(); e != nil {
			err = e
		} else if file.Busy(err) && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond) // it returns at once where two that wait would wait for each other
			continue
		} else { // a file that is gone cannot be opened, nor its log
			err = cmp.Or(s.inPlace(), file.Wrap(err))
		}
		<-s.writeLock
		return nil, err
	}
}

// beginOnce waits for as long as SQLite does. Opening the connection can find the file locked as well.
func (s *Store) beginOnce(ctx context.Context) (*sql.Conn, error) {
	conn, err := s.write.Conn(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	if _, err = conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err == nil {
		if err = s.inPlace(); err == nil {
			return conn, nil
		}
		conn.ExecContext(context.Background(), "ROLLBACK")
	}
	conn.Close()
	return nil, err
}

func (t *writeTx) exec(q string, args ...any) (sql.Result, error) {
	return t.conn.ExecContext(context.Background(), q, args...)
}

func (t *writeTx) row(q string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(context.Background(), q, args...)
}

// revise records that templates were added or removed, so that indexes follow.
func (t *writeTx) revise() error {
	_, err := t.exec(`INSERT INTO revision SELECT seq, randomblob(16) FROM sqlite_sequence WHERE name = 'template'`)
	return file.Wrap(err)
}

// restart makes every index be made anew: embeddings changed where they stood, or tombstones are dropped.
func (t *writeTx) restart() error {
	if _, err := t.exec(`DELETE FROM revision`); err != nil {
		return file.Wrap(err)
	}
	return t.revise()
}

// commit ends the transaction; when it returns nil the change is on the disk.
func (t *writeTx) commit() error {
	_, err := t.exec("COMMIT")
	if err == nil {
		t.end()
	}
	return file.Wrap(err)
}

// rollback undoes the transaction unless it was committed.
func (t *writeTx) rollback() {
	if !t.done {
		t.exec("ROLLBACK")
		t.end()
	}
}

func (t *writeTx) end() {
	t.done = true
	t.conn.Close()
	<-t.s.writeLock
}

// signPerson makes a person's checksum anew after a change.
func (t *writeTx) signPerson(id int64) error {
	var name string
	var m sql.NullString
	var created, updated int64
	if err := t.row(`SELECT name, metadata, created, updated FROM person WHERE id = ?`, id).Scan(&name, &m, &created,
		&updated); err != nil {
		return file.Wrap(err)
	}
	_, err := t.exec(`UPDATE person SET sum = ? WHERE id = ?`, file.PersonSum(id, name, m, created, updated), id)
	return file.Wrap(err)
}

// signVector makes the checksum of a template's embedding anew after a change.
func (t *writeTx) signVector(id int64) error {
	var person int64
	var b []byte
	if err := t.row(`SELECT person_id, embedding FROM template WHERE id = ?`, id).Scan(&person, &b); err != nil {
		return file.Wrap(err)
	}
	_, err := t.exec(`UPDATE checksum SET vector = ? WHERE template_id = ?`, file.VectorSum(id, person, b), id)
	return file.Wrap(err)
}
