package file

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"

	"faceid/gallery"
)

// Listing is the gallery.Listing of a transaction; whether checksums hold is said elsewhere.
type Listing struct{ Tx *sql.Tx }

// People implements gallery.Listing.
func (l Listing) People(ctx context.Context) iter.Seq2[gallery.Person, error] {
	return each(ctx, l.Tx, func(rows *sql.Rows) (p gallery.Person, err error) {
		var m sql.NullString
		var created, updated int64
		err = rows.Scan(&p.ID, &p.Name, &m, &created, &updated)
		if m.Valid && json.Valid([]byte(m.String)) {
			p.Metadata = json.RawMessage(m.String)
		}
		p.Created, p.Updated = Time(created), Time(updated)
		return p, err
	}, `SELECT id, name, metadata, created, updated FROM person ORDER BY id`)
}

// Sources implements gallery.Listing, of everybody.
func (l Listing) Sources(ctx context.Context, _ int64) iter.Seq2[gallery.Template, error] {
	return each(ctx, l.Tx, func(rows *sql.Rows) (t gallery.Template, err error) {
		s := &t.Source
		return t, rows.Scan(&t.ID, &t.PersonID, &s.SHA256, &s.Box[0], &s.Box[1], &s.Box[2], &s.Box[3])
	}, `SELECT id, person_id, sha256, x0, y0, x1, y1 FROM template ORDER BY id`)
}

// each yields what scan makes of the rows of a query.
func each[T any](ctx context.Context, tx *sql.Tx, scan func(*sql.Rows) (T, error), query string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := tx.Query(query)
		if err == nil {
			defer rows.Close()
			for n := 0; rows.Next(); n++ {
				x, err := scan(rows)
				if err == nil && n%1024 == 0 {
					err = ctx.Err()
				}
				if !yield(x, err) || err != nil {
					return
				}
			}
			err = rows.Err()
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}
