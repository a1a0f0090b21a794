package sqlite

import (
	"context"
	"database/sql"

	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/f32"
)

const appendRows = 8192 // rows handed to the index at once, unless one transaction added more

// extend adds to the index what the store has beyond have. The index is stamped at revisions only, so that it never
// holds half of one; what was removed or moved since have is gone before anything is added. Moved templates come back
// at once, with the person whom they have now: between the two the index lacks them, for which Search looks afterwards.
func (x *searcher) extend(ctx context.Context, s *Store, tx *sql.Tx, have, now revision) error {
	gone, err := file.Column(ctx, tx, `SELECT person_id FROM tombstone WHERE seq > ?`, int64(have.Seq))
	if err != nil {
		return err
	}
	touched, err := file.Column(ctx, tx, `SELECT template_id FROM touched WHERE seq > ?`, int64(have.Seq))
	if err != nil && !file.NoTable(err) {
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
	err = file.Each(ctx, tx, func(rows *sql.Rows) error {
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

// eachVector calls f for every template t of a query's end, in its order. f may keep the row.
func (s *Store) eachVector(ctx context.Context, tx *sql.Tx, f func(flat.Row) error, where string, args ...any) error {
	q := `SELECT t.id, t.person_id, t.embedding, c.vector FROM template t LEFT JOIN checksum c ON c.template_id = t.id `
	if s.version < 2 {
		q = `SELECT t.id, t.person_id, t.embedding, NULL FROM template t `
	}
	var slab []float32 // one allocation for many rows
	last := int64(0)
	return file.Each(ctx, tx, func(rows *sql.Rows) error {
		var r flat.Row
		var b sql.RawBytes
		var sum sql.NullInt64
		if err := rows.Scan(&r.Template, &r.Person, &b, &sum); err != nil {
			return err
		}
		if s.version >= 2 && !file.Holds(sum, file.VectorSum(r.Template, r.Person, b)) {
			return file.DamagedTemplate(r.Template, "the checksum does not hold")
		}
		if r.Template <= last { // SQLite takes the order for granted
			return file.DamagedTemplate(r.Template, "it is out of order")
		}
		last = r.Template
		if len(b) != 4*s.dim {
			return file.DamagedTemplate(r.Template, "the embedding has the wrong length")
		}
		if len(slab) < s.dim {
			slab = make([]float32, 256*s.dim)
		}
		r.Vector, slab = slab[:s.dim:s.dim], slab[s.dim:]
		f32.Read(r.Vector, b)
		return f(r)
	}, q+where, args...)
}
