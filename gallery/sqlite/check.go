package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/f32"
)

// maxProblems bounds a Report; a gallery with a hundred problems needs no longer list.
const maxProblems = 100

// Report is what Check found.
type Report struct {
	Info     gallery.Info `json:"info"`
	Problems []string     `json:"problems"` // empty: all is well
	// Index says how the search index stands: "current", "behind" (the next search extends it), "none" (the next
	// search makes it), "stale" (of another state of the gallery; the next search makes it anew), "damaged" (the
	// same) or "changing" (another process changed it while it was compared). None of these is a problem of the
	// gallery, since the index is derived.
	Index string `json:"index"`
	// Unscrubbed says that removed people may have left traces which the next Open clears.
	Unscrubbed bool `json:"unscrubbed,omitempty"`
	// Unfinished are files that killed processes left beside the gallery, in which people may stand; the next Open that
	// may write removes them.
	Unfinished []string `json:"unfinished,omitempty"`
	// what damages nothing, and is yet rarely meant
	gallery.Oddities
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Remarks says in a line each what is not damage.
func (r Report) Remarks() []string {
	var out []string
	for _, u := range r.Unfinished {
		out = append(out, u+": left by a process that was killed; the next command that writes to the gallery "+
			"removes it")
	}
	return append(out, r.Words()...)
}

func (r *Report) add(format string, a ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, a...))
	}
}

// Check reads the whole gallery at path and changes nothing: SQLite's own integrity check and foreign keys, the model
// contract, every vector's length, finiteness and unit norm, and every key. Of the index, where it claims to be
// current, it tries every checksum and the number of templates, and looks for 200 templates drawn at random: each must
// be found as its person with a score of at least 0.999. Others may use the gallery meanwhile. look, where all that
// could be read, is shown who the gallery holds. The error is for what could not be read at all: fs.ErrNotExist,
// ErrNotGallery or the context's.
func Check(ctx context.Context, path string, look ...func(context.Context, gallery.Listing) error) (Report, error) {
	r := Report{Problems: []string{}, Index: "none"}
	path, err := file.Identity(path)
	if err != nil {
		return r, fmt.Errorf("check gallery: %w", err)
	}
	if err := file.OneName(path); err != nil {
		return r, fmt.Errorf("check gallery: %w", err)
	}
	raw, err := file.Hold(path)
	if err != nil {
		return r, fmt.Errorf("check gallery: %w", err)
	}
	defer raw.Release()
	opened, err := file.OpenBeside(path)
	if err != nil {
		if !errors.Is(err, gallery.ErrDamaged) {
			return r, fmt.Errorf("check gallery: %w", err)
		}
		r.add("%v", err)
		return r, nil
	}
	db := opened.DB
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		return r, fmt.Errorf("check gallery: %w", file.Wrap(err))
	}
	defer tx.Rollback()
	r.Unfinished = file.Unfinished(path)
	c := checker{ctx: ctx, tx: tx, r: &r, path: path, version: opened.Version}
	steps := []func() error{c.sqlite, c.contract, c.vectors, c.trunks, c.calibration, c.index, c.oddities}
	for _, f := range look {
		steps = append(steps, func() error { return f(ctx, file.Listing{Tx: tx}) })
	}
	for _, f := range steps {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err := f(); errors.Is(file.Wrap(err), gallery.ErrDamaged) {
			r.add("%v", err)
			return r, nil // what follows would say the same
		} else if err != nil {
			return r, fmt.Errorf("check gallery: %w", file.Wrap(err))
		}
	}
	return r, nil
}

// oddities looks for what damages nothing.
func (c *checker) oddities() (err error) {
	c.r.Oddities, err = gallery.FindOddities(c.ctx, file.Listing{Tx: c.tx})
	return err
}

type checker struct {
	ctx  context.Context
	tx   *sql.Tx
	r    *Report
	path string

	version int // of the format
	seq     int64
}

func (c *checker) sqlite() error {
	err := file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		if s != "ok" {
			c.r.add("SQLite: %s", s)
		}
		return nil
	}, fmt.Sprintf("PRAGMA integrity_check(%d)", maxProblems))
	if err != nil {
		return err
	}
	return file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		c.r.add("%s %d belongs to no %s", table, row.Int64, parent)
		return nil
	}, "PRAGMA foreign_key_check")
}

func (c *checker) contract() error {
	i := &c.r.Info
	*i = gallery.Info{Engine: "embedded", Exact: true}
	err := c.tx.QueryRow(`SELECT scrub, model_name, model_sha256, dim, views,
		(SELECT count(*) FROM person), (SELECT count(*) FROM template),
		(SELECT seq FROM sqlite_sequence WHERE name = 'template') FROM gallery`).
		Scan(&c.r.Unscrubbed, &i.Model.Name, &i.Model.SHA256, &i.Model.Dim, &i.Model.Views,
			&i.People, &i.Templates, &c.seq)
	if err != nil {
		return fmt.Errorf("%w: the model contract cannot be read: %v", gallery.ErrDamaged, err)
	}
	sum := `sum`
	if c.version < 2 {
		sum = `NULL`
	}
	err = file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
		var id, created, updated int64
		var name string
		var m sql.NullString
		var sum sql.NullInt64
		if err := rows.Scan(&id, &name, &m, &created, &updated, &sum); err != nil {
			return err
		}
		if c.version >= 2 && !file.Holds(sum, file.PersonSum(id, name, m, created, updated)) {
			c.r.add("person %d: the checksum does not hold", id)
		}
		if err := gallery.CheckName(name); err != nil {
			c.r.add("person %d: %v", id, err)
		}
		if _, err := gallery.CompactMetadata([]byte(m.String)); m.Valid && err != nil {
			c.r.add("person %d: %v", id, err)
		}
		return nil
	}, `SELECT id, name, metadata, created, updated, `+sum+` FROM person`)
	if err != nil {
		return err
	}
	var last int64
	numbers := `SELECT id FROM template UNION ALL SELECT seq FROM tombstone`
	if c.version > 1 {
		numbers += ` UNION ALL SELECT seq FROM touched`
	}
	if err := c.tx.QueryRow(`SELECT ifnull(max(id), 0) FROM (` + numbers + `)`).Scan(&last); err != nil {
		return err
	}
	if last > c.seq {
		c.r.add("templates are numbered up to %d, the counter says %d", last, c.seq)
	}
	err = file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		c.r.add("person %d was removed and is there", id)
		return nil
	}, `SELECT t.person_id FROM tombstone t JOIN person p ON p.id = t.person_id`)
	if err == nil && (i.Model.Dim < 1 || i.Model.Dim > gallery.MaxDim) {
		// ends the check: what follows takes memory by it
		err = fmt.Errorf("%w: the dimension is %d", gallery.ErrDamaged, i.Model.Dim)
	}
	return err
}

func (c *checker) vectors() error {
	v := make([]float32, c.r.Info.Model.Dim)
	sums, from := `NULL, NULL`, ` FROM template t`
	if c.version >= 2 {
		sums, from = `c.vector, c.source`, ` FROM template t LEFT JOIN checksum c ON c.template_id = t.id`
	}
	return file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
		var t gallery.Template
		var created int64
		var key, b sql.RawBytes
		var vectorIs, sourceIs sql.NullInt64
		s, q := &t.Source, &t.Quality
		if err := rows.Scan(&t.ID, &t.PersonID, &key, &created, &s.Path, &s.SHA256, &s.Box[0],
			&s.Box[1], &s.Box[2], &s.Box[3],
			&q.Score, &q.Size, &q.Sharpness, &q.Frontal, &q.Norm, &b, &vectorIs, &sourceIs); err != nil {
			return err
		}
		if c.version >= 2 && !(file.Holds(vectorIs, file.VectorSum(t.ID, t.PersonID, b)) &&
			file.Holds(sourceIs, file.SourceSum(key, created, q, s))) {
			c.r.add("template %d: the checksum does not hold", t.ID)
		}
		if len(b) != 4*len(v) {
			c.r.add("template %d: embedding of %d bytes, not %d", t.ID, len(b), 4*len(v))
			return nil
		}
		f32.Read(v, b)
		var sum float64
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		if !(math.Abs(sum-1) <= 1e-3) {
			c.r.add("template %d: the embedding's length is %g, not 1", t.ID, math.Sqrt(sum))
			return nil
		}
		t.Embedding = v
		want := t.Key()
		// A migrated template without photo keeps the key of its first embedding.
		if s.SHA256 != "" && string(want[:]) != string(key) || len(key) != len(want) {
			c.r.add("template %d: the key does not belong to its photo and box", t.ID)
		}
		if err := t.Normalise(len(v)); err != nil {
			c.r.add("template %d: %v", t.ID, err)
		}
		return nil
	}, `SELECT t.id, t.person_id, key, created, path, sha256, x0, y0, x1, y1,
		score, size, sharpness, frontal, norm, embedding, `+
		sums+from+` ORDER BY t.id`)
}

func (c *checker) trunks() error {
	q := `SELECT template_id, v, NULL FROM trunk`
	if c.version >= 2 { // also those that are gone, of which the checksum stays
		q = `SELECT c.template_id, t.v, c.trunk FROM checksum c LEFT JOIN trunk t ON t.template_id = c.template_id
			WHERE c.trunk IS NOT NULL OR t.v IS NOT NULL`
	}
	return file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
		var id int64
		var b sql.RawBytes
		var sum sql.NullInt64
		if err := rows.Scan(&id, &b, &sum); err != nil {
			return err
		}
		if c.version >= 2 && !file.Holds(sum, file.TrunkSum(id, b)) {
			c.r.add("template %d: the checksum of the trunk feature does not hold", id)
		}
		v := make([]float32, len(b)/4)
		f32.Read(v, b)
		ok := len(b) > 0 && len(b)%4 == 0
		for _, x := range v {
			ok = ok && f32.Finite(x)
		}
		if !ok {
			c.r.add("template %d: the trunk feature is not finite or of an odd length", id)
		}
		return nil
	}, q)
}
