package file

import (
	"context"
	"database/sql"
	"fmt"

	"faceid/gallery"
)

// Upgrade brings a gallery of an older version to the present one, in the write transaction of conn. Programs that know
// the older one only refuse it from then on. Where another process was first it does nothing.
func Upgrade(conn *sql.Conn) error {
	ctx := context.Background()
	var v int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil || v >= Version {
		return Wrap(err)
	}
	if _, err := conn.ExecContext(ctx, schema2+fmt.Sprintf("PRAGMA user_version=%d", Version)); err != nil {
		return Wrap(err)
	}
	return signAll(ctx, conn)
}

// signAll makes the checksums of all that an older version stored.
func signAll(ctx context.Context, conn *sql.Conn) error {
	put, err := conn.PrepareContext(ctx, `INSERT INTO checksum VALUES (?, ?, ?, ?)`)
	if err != nil {
		return Wrap(err)
	}
	defer put.Close()
	person, err := conn.PrepareContext(ctx, `UPDATE person SET sum = ? WHERE id = ?`)
	if err != nil {
		return Wrap(err)
	}
	defer person.Close()
	err = Each(ctx, conn, func(rows *sql.Rows) error {
		var id, created, updated int64
		var name string
		var m sql.NullString
		if err := rows.Scan(&id, &name, &m, &created, &updated); err != nil {
			return err
		}
		_, err := person.Exec(PersonSum(id, name, m, created, updated), id)
		return err
	}, `SELECT id, name, metadata, created, updated FROM person`)
	if err != nil {
		return err
	}
	return Each(ctx, conn, func(rows *sql.Rows) error {
		var x gallery.Template
		var created int64
		var key, emb, trunk sql.RawBytes
		q, src := &x.Quality, &x.Source
		if err := rows.Scan(&x.ID, &x.PersonID, &key, &created, &q.Score, &q.Size, &q.Sharpness, &q.Frontal, &q.Norm,
			&src.Path, &src.SHA256, &src.Box[0], &src.Box[1], &src.Box[2], &src.Box[3], &emb, &trunk); err != nil {
			return err
		}
		var tsum any
		if trunk != nil {
			tsum = TrunkSum(x.ID, trunk)
		}
		_, err := put.Exec(x.ID, VectorSum(x.ID, x.PersonID, emb), SourceSum(key, created, q, src), tsum)
		return err
	}, `SELECT t.id, t.person_id, t.key, t.created, t.score, t.size, t.sharpness, t.frontal, t.norm,
		t.path, t.sha256, t.x0, t.y0, t.x1, t.y1, t.embedding, trunk.v
		FROM template t LEFT JOIN trunk ON trunk.template_id = t.id`)
}
