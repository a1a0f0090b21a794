package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	"faceid/gallery"
	"faceid/gallery/flat"
	"faceid/internal/f32"
)

// maxProblems bounds a Report; a gallery with a hundred problems needs no longer list.
const maxProblems = 100

// Report is what Check found.
type Report struct {
	Info     gallery.Info `json:"info"`
	Problems []string     `json:"problems"` // empty: all is well
	// Index says how the search index stands: "current", "behind" (the next search extends it), "none" (the next
	// search makes it), "stale" (of another state of the gallery; the next search makes it anew) or "damaged" (the
	// same). None of these is a problem of the gallery, since the index is derived.
	Index string `json:"index"`
	// Unscrubbed says that removed people may have left traces which the next Open clears.
	Unscrubbed bool `json:"unscrubbed,omitempty"`
	// Unfinished are files that killed processes left beside the gallery, in which people may stand; the next Open that may
	// write removes them.
	Unfinished []string `json:"unfinished,omitempty"`
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Problems) == 0 }

func (r *Report) add(format string, a ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, a...))
	}
}

// Check reads the whole gallery at path and changes nothing: SQLite's own integrity check and foreign keys, the model
// contract, every vector's length, finiteness and unit norm, and every key. Of the index, where it claims to be current, it
// tries every checksum and the number of templates, and looks for 200 templates drawn at random: each must be found as
// its person with a score of at least 0.999. Others may use the gallery meanwhile.
// The error is for what could not be read at all: fs.ErrNotExist, ErrNotGallery or the context's.
func Check(ctx context.Context, path string) (Report, error) {
	r := Report{Problems: []string{}, Index: "none"}
	path, err := identity(path)
	if err != nil {
		return r, fmt.Errorf("check gallery: %w", err)
	}
	if err := oneName(path); err != nil {
		return r, fmt.Errorf("check gallery: %w", err)
	}
	file, err := holdFile(path)
	if err != nil {
		return r, fmt.Errorf("check gallery: %w", err)
	}
	defer file.release()
	modes := readModes
	if !exists(path+"-wal") && !exists(path+"-shm") {
		modes = everyMode // makes both and takes them away, which a connection for reading only does not
	}
	opened, err := openReader(path, modes...)
	if err != nil {
		if !errors.Is(err, gallery.ErrDamaged) {
			return r, fmt.Errorf("check gallery: %w", err)
		}
		r.add("%v", err)
		return r, nil
	}
	db := opened.db
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		return r, fmt.Errorf("check gallery: %w", wrapDB(err))
	}
	defer tx.Rollback()
	r.Unfinished = unfinished(path)
	c := checker{ctx: ctx, tx: tx, r: &r, path: path, version: opened.version}
	for _, f := range []func() error{c.sqlite, c.contract, c.vectors, c.trunks, c.calibration, c.index} {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err := f(); errors.Is(wrapDB(err), gallery.ErrDamaged) {
			r.add("%v", err)
			return r, nil // what follows would say the same
		} else if err != nil {
			return r, fmt.Errorf("check gallery: %w", wrapDB(err))
		}
	}
	return r, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

type checker struct {
	ctx  context.Context
	tx   *sql.Tx
	r    *Report
	path string

	version int // of the format
	seq     int64
}

// each runs a query and calls f for each row.
func (c *checker) each(q string, f func(*sql.Rows) error) error {
	rows, err := c.tx.Query(q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if n%1024 == 0 && c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *checker) sqlite() error {
	err := c.each(fmt.Sprintf("PRAGMA integrity_check(%d)", maxProblems), func(rows *sql.Rows) error {
		var s string
		if err := rows.Scan(&s); err != nil {
			return err
		}
		if s != "ok" {
			c.r.add("SQLite: %s", s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.each("PRAGMA foreign_key_check", func(rows *sql.Rows) error {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return err
		}
		c.r.add("%s %d belongs to no %s", table, row.Int64, parent)
		return nil
	})
}

func (c *checker) contract() error {
	i := &c.r.Info
	*i = gallery.Info{Engine: "embedded", Exact: true}
	err := c.tx.QueryRow(`SELECT scrub, model_name, model_sha256, dim, views,
		(SELECT count(*) FROM person), (SELECT count(*) FROM template), (SELECT seq FROM sqlite_sequence WHERE name = 'template') FROM gallery`).
		Scan(&c.r.Unscrubbed, &i.Model.Name, &i.Model.SHA256, &i.Model.Dim, &i.Model.Views, &i.People, &i.Templates, &c.seq)
	if err != nil {
		return fmt.Errorf("%w: the model contract cannot be read: %v", gallery.ErrDamaged, err)
	}
	sum := `sum`
	if c.version < 2 {
		sum = `NULL`
	}
	err = c.each(`SELECT id, name, metadata, created, updated, `+sum+` FROM person`, func(rows *sql.Rows) error {
		var id, created, updated int64
		var name string
		var m sql.NullString
		var sum sql.NullInt64
		if err := rows.Scan(&id, &name, &m, &created, &updated, &sum); err != nil {
			return err
		}
		if c.version >= 2 && !holds(sum, personSum(id, name, m, created, updated)) {
			c.r.add("person %d: the checksum does not hold", id)
		}
		if err := gallery.CheckName(name); err != nil {
			c.r.add("person %d: %v", id, err)
		}
		if _, err := gallery.CompactMetadata([]byte(m.String)); m.Valid && err != nil {
			c.r.add("person %d: %v", id, err)
		}
		return nil
	})
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
	err = c.each(`SELECT t.person_id FROM tombstone t JOIN person p ON p.id = t.person_id`, func(rows *sql.Rows) error {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		c.r.add("person %d was removed and is there", id)
		return nil
	})
	if err == nil && (i.Model.Dim < 1 || i.Model.Dim > gallery.MaxDim) { // ends the check: what follows takes memory by it
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
	return c.each(`SELECT t.id, t.person_id, key, created, path, sha256, x0, y0, x1, y1, score, size, sharpness, frontal, norm, embedding, `+
		sums+from+` ORDER BY t.id`, func(rows *sql.Rows) error {
		var t gallery.Template
		var created int64
		var key, b sql.RawBytes
		var vectorIs, sourceIs sql.NullInt64
		s, q := &t.Source, &t.Quality
		if err := rows.Scan(&t.ID, &t.PersonID, &key, &created, &s.Path, &s.SHA256, &s.Box[0], &s.Box[1], &s.Box[2], &s.Box[3],
			&q.Score, &q.Size, &q.Sharpness, &q.Frontal, &q.Norm, &b, &vectorIs, &sourceIs); err != nil {
			return err
		}
		if c.version >= 2 && !(holds(vectorIs, vectorSum(t.ID, t.PersonID, b)) && holds(sourceIs, sourceSum(key, created, q, s))) {
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
		if err := t.Normalize(len(v)); err != nil {
			c.r.add("template %d: %v", t.ID, err)
		}
		return nil
	})
}

func (c *checker) trunks() error {
	q := `SELECT template_id, v, NULL FROM trunk`
	if c.version >= 2 { // also those that are gone, of which the checksum stays
		q = `SELECT c.template_id, t.v, c.trunk FROM checksum c LEFT JOIN trunk t ON t.template_id = c.template_id
			WHERE c.trunk IS NOT NULL OR t.v IS NOT NULL`
	}
	return c.each(q, func(rows *sql.Rows) error {
		var id int64
		var b sql.RawBytes
		var sum sql.NullInt64
		if err := rows.Scan(&id, &b, &sum); err != nil {
			return err
		}
		if c.version >= 2 && !holds(sum, trunkSum(id, b)) {
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
	})
}

// Stats are figures of a gallery and its files.
type Stats struct {
	gallery.Info
	Created      time.Time `json:"created"`
	Bytes        int64     `json:"bytes"`         // of the gallery file
	FreeBytes    int64     `json:"free_bytes"`    // of these unused; Compact gives them back
	WALBytes     int64     `json:"wal_bytes"`     // of SQLite's write-ahead log
	IndexBytes   int64     `json:"index_bytes"`   // of the search index; 0: none yet
	NoTemplates  int       `json:"no_templates"`  // people without a template
	WithoutTrunk int       `json:"without_trunk"` // templates without a trunk feature, which Migrate refuses
	Removed      int       `json:"removed"`       // removals since the last Compact
}

// Stats returns the gallery's figures. It counts, and takes tens of milliseconds for a million templates.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	if err := s.begin(ctx); err != nil {
		return st, err
	}
	defer s.live.Done()
	var err error
	if st.Info, err = readInfo(s.read); err != nil {
		return st, err
	}
	var created, pages, free int64
	err = s.read.QueryRow(`SELECT created, (SELECT count(*) FROM person WHERE NOT EXISTS (SELECT 1 FROM template WHERE person_id = person.id)),
		(SELECT count(*) FROM template) - (SELECT count(*) FROM trunk), (SELECT count(*) FROM tombstone),
		(SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count) FROM gallery`).
		Scan(&created, &st.NoTemplates, &st.WithoutTrunk, &st.Removed, &pages, &free)
	if err != nil {
		return st, wrapDB(err)
	}
	st.Created, st.Bytes, st.FreeBytes = toTime(created), pages*pageSize, free*pageSize
	for _, f := range []struct {
		n    *int64
		name string
	}{{&st.WALBytes, s.path + "-wal"}, {&st.IndexBytes, indexPath(s.path)}} {
		fi, err := os.Stat(f.name)
		if err == nil {
			*f.n = fi.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return st, err
		}
	}
	return st, nil
}

const indexSample = 200 // templates looked up in the index

// index compares the index with the store. An index that is of no use is no problem, one that would be used and
// answers wrongly is.
func (c *checker) index() error {
	idx, err := flat.Open(indexPath(c.path), &flat.Options{ReadOnly: true})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, flat.ErrNotIndex):
		c.r.Index = "none"
		c.r.add("%v: move it or the gallery, which cannot be opened beside it", err)
		return nil
	case errors.Is(err, flat.ErrVersion):
		c.r.Index = "stale"
		return nil
	case errors.Is(err, flat.ErrDamaged):
		c.r.Index = "damaged"
		return nil
	case err != nil:
		return err
	}
	defer idx.Close()
	stamp := idx.Stamp()
	var id []byte
	var last uint64
	if err := c.tx.QueryRow(`SELECT max(seq) FROM revision`).Scan(&last); err != nil {
		c.r.add("the log of revisions cannot be read: %v", err)
		return nil
	}
	err = c.tx.QueryRow(`SELECT id FROM revision WHERE seq = ?`, int64(stamp.Seq)).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if string(id) != string(stamp.ID[:]) {
		c.r.Index = "stale" // or ahead of this snapshot
		return nil
	}
	if err := idx.Verify(c.ctx); errors.Is(err, flat.ErrDamaged) {
		c.r.Index = "damaged"
		return nil
	} else if err != nil {
		return err
	}
	if stamp.Seq != last {
		c.r.Index = "behind"
		return nil
	}
	c.r.Index = "current"
	st := idx.Stats()
	if st.Dim != c.r.Info.Model.Dim || st.Live != c.r.Info.Templates {
		c.r.add("the index claims to be current with %d templates of %d values, the store has %d of %d", st.Live, st.Dim, c.r.Info.Templates, c.r.Info.Model.Dim)
		return nil
	}
	return c.each(fmt.Sprintf(`SELECT id, person_id, embedding FROM template WHERE id IN (SELECT id FROM template ORDER BY random() LIMIT %d)`, indexSample), func(rows *sql.Rows) error {
		var template, person int64
		var b sql.RawBytes
		if err := rows.Scan(&template, &person, &b); err != nil || len(b) != 4*st.Dim {
			return err
		}
		v := make([]float32, st.Dim)
		f32.Read(v, b)
		m, err := idx.Search(c.ctx, [][]float32{v}, &flat.SearchOptions{K: 1, People: []int64{person}})
		if errors.Is(err, flat.ErrVector) || errors.Is(err, flat.ErrStale) {
			return nil // reported by vectors; removed meanwhile
		}
		if err != nil {
			return err
		}
		if len(m[0]) != 1 || m[0][0].Score < 0.999 {
			c.r.add("template %d of person %d is not found by the index", template, person)
		}
		return nil
	})
}
