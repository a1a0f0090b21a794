package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"faceid/gallery/flat"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/f32"
)

const indexSample = 200 // templates looked up in the index

// index compares the index with the store. An index that is of no use is not a problem, one that would be used and
// answers wrongly is.
func (c *checker) index() error {
	idx, err := flat.Open(file.IndexPath(c.path), &flat.Options{ReadOnly: true})
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
	return c.compare(idx)
}

// compare is index for one that is open. A removal by another process empties rows under it at any moment: only what is
// wrong while the index stays as it was is a problem.
func (c *checker) compare(idx *flat.Index) error {
	stamp, said := idx.Stamp(), len(c.r.Problems)
	err := c.compareAt(idx, stamp)
	if err != nil && !errors.Is(err, flat.ErrStale) ||
		err == nil && len(c.r.Problems) == said && c.r.Index != "damaged" {
		return err
	}
	if now, again := idx.Refresh(); errors.Is(again, flat.ErrDamaged) || again == nil && now == stamp {
		return err
	}
	c.r.Problems, c.r.Index = c.r.Problems[:said], "changing"
	return nil
}

// compareAt compares an index that says it is of the gallery's state at the stamp.
func (c *checker) compareAt(idx *flat.Index, stamp flat.Stamp) error {
	var id []byte
	var last uint64
	if err := c.tx.QueryRow(`SELECT max(seq) FROM revision`).Scan(&last); err != nil {
		c.r.add("the log of revisions cannot be read: %v", err)
		return nil
	}
	err := c.tx.QueryRow(`SELECT id FROM revision WHERE seq = ?`, int64(stamp.Seq)).Scan(&id)
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
		c.r.add("the index claims to be current with %d templates of %d values, the store has %d of %d", st.Live,
			st.Dim, c.r.Info.Templates, c.r.Info.Model.Dim)
		return nil
	}
	return file.Each(c.ctx, c.tx, func(rows *sql.Rows) error {
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
	}, fmt.Sprintf(`SELECT id, person_id, embedding FROM template
		WHERE id IN (SELECT id FROM template ORDER BY random() LIMIT %d)`, indexSample))
}
