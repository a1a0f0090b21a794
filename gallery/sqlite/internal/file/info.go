package file

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"faceid/gallery"
)

// ReadInfo reads contract and counts in one statement, hence from one state of the gallery.
func ReadInfo(q Queryer) (gallery.Info, error) {
	i := gallery.Info{Engine: "embedded", Exact: true}
	err := q.QueryRowContext(context.Background(), `SELECT model_name, model_sha256, dim, views,
		(SELECT count(*) FROM person), (SELECT count(*) FROM template) FROM gallery`).
		Scan(&i.Model.Name, &i.Model.SHA256, &i.Model.Dim, &i.Model.Views, &i.People, &i.Templates)
	return i, Wrap(err)
}

// StillModel returns ErrModel if the gallery is not of the model want any more: another process has migrated it, or
// this one while the caller waited.
func StillModel(q Queryer, want *gallery.Model) error {
	var m gallery.Model
	err := q.QueryRowContext(context.Background(),
		`SELECT model_name, model_sha256, dim, views FROM gallery`).Scan(&m.Name, &m.SHA256, &m.Dim, &m.Views)
	if err != nil {
		return Wrap(err)
	}
	return m.Check(*want)
}

// AfterPrefix is the first name after all that begin with prefix, which is not "", by the order of bytes that SQLite
// compares text in. UTF-8 has no byte 0xFF.
func AfterPrefix(prefix string) string {
	last := len(prefix) - 1
	return prefix[:last] + string([]byte{prefix[last] + 1})
}

// Counted are the people who have a template, and these, as they were when templates were numbered up to a number:
// every template that comes, goes or changes hands takes the next one.
type Counted struct {
	seq               int64
	people, templates int
}

// CountTemplates counts the people among these who have a template, and their templates. Of everybody, ids is nil, it
// reads an index from end to end and keeps what it finds in known, for those who ask again before anything changed.
func CountTemplates(q Queryer, ids []int64, known *atomic.Pointer[Counted]) (people, templates int, err error) {
	var now Counted
	if ids != nil {
		list, err := json.Marshal(ids)
		if err == nil {
			err = q.QueryRowContext(context.Background(), `SELECT count(DISTINCT person_id), count(*) FROM template
				WHERE person_id IN (SELECT value FROM json_each(?))`, string(list)).Scan(&people, &templates)
		}
		return people, templates, Wrap(err)
	}
	const seq = `SELECT seq FROM sqlite_sequence WHERE name = 'template'`
	if err := q.QueryRowContext(context.Background(), seq).Scan(&now.seq); err != nil {
		return 0, 0, Wrap(err)
	}
	if was := known.Load(); was != nil && was.seq == now.seq {
		return was.people, was.templates, nil
	}
	err = q.QueryRowContext(context.Background(),
		`SELECT (`+seq+`), count(DISTINCT person_id), count(*) FROM template`).
		Scan(&now.seq, &now.people, &now.templates)
	if err != nil {
		return 0, 0, Wrap(err)
	}
	known.Store(&now)
	return now.people, now.templates, nil
}
