package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/f32"
)

// page is how many rows an iterator reads at a time. No lock and no connection is held while the caller works.
const page = 256

// queryPeople returns the people of a query's end.
func (s *Store) queryPeople(where string, args ...any) ([]gallery.Person, error) {
	q := `SELECT id, name, metadata, created, updated, sum FROM person `
	if s.version < 2 {
		q = `SELECT id, name, metadata, created, updated, NULL FROM person `
	}
	rows, err := s.read.Query(q+where, args...)
	if err != nil {
		return nil, file.Wrap(err)
	}
	defer rows.Close()
	var out []gallery.Person
	for rows.Next() {
		var p gallery.Person
		var m sql.NullString
		var created, updated int64
		var sum sql.NullInt64
		if err := rows.Scan(&p.ID, &p.Name, &m, &created, &updated, &sum); err != nil {
			return nil, file.Wrap(err)
		}
		if s.version >= 2 && !file.Holds(sum, file.PersonSum(p.ID, p.Name, m, created, updated)) {
			return nil, file.DamagedPerson(p.ID)
		}
		if m.Valid {
			p.Metadata = json.RawMessage(m.String)
		}
		p.Created, p.Updated = file.Time(created), file.Time(updated)
		out = append(out, p)
	}
	return out, file.Wrap(rows.Err())
}

// People implements Engine. It is not a snapshot: whoever is enrolled or removed meanwhile may or may not appear.
func (s *Store) People(ctx context.Context) iter.Seq2[gallery.Person, error] {
	return s.PeopleAfter(ctx, 0)
}

// PeopleAfter implements gallery.Seeker.
func (s *Store) PeopleAfter(ctx context.Context, id int64) iter.Seq2[gallery.Person, error] {
	return pages(func(last gallery.Person) ([]gallery.Person, error) { return s.peopleAfter(ctx, max(id, last.ID)) })
}

// pages yields what next returns for the last of the page before, the zero value at first.
func pages[T any](next func(last T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last T
		for {
			rows, err := next(last)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, last = range rows {
				if !yield(last, nil) {
					return
				}
			}
			if len(rows) < page {
				return
			}
		}
	}
}

func (s *Store) peopleAfter(ctx context.Context, last int64) ([]gallery.Person, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	return s.queryPeople(`WHERE id > ? ORDER BY id LIMIT ?`, last, page)
}

// Find implements Engine.
func (s *Store) Find(ctx context.Context, name string) ([]gallery.Person, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	return s.queryPeople(`WHERE name = ? ORDER BY id`, name)
}

// PeopleNamed implements gallery.Seeker.
func (s *Store) PeopleNamed(ctx context.Context, prefix string) iter.Seq2[gallery.Person, error] {
	return pages(func(last gallery.Person) ([]gallery.Person, error) {
		if err := s.begin(ctx); err != nil {
			return nil, err
		}
		defer s.live.Done()
		return s.queryPeople(`WHERE (name, id) > (?, ?) AND name < ? ORDER BY name, id LIMIT ?`,
			cmp.Or(last.Name, prefix), last.ID, file.AfterPrefix(prefix), page)
	})
}

// Person implements Engine.
func (s *Store) Person(ctx context.Context, id int64) (gallery.Person, error) {
	if err := s.begin(ctx); err != nil {
		return gallery.Person{}, err
	}
	defer s.live.Done()
	ps, err := s.queryPeople(`WHERE id = ?`, id)
	if err == nil && len(ps) == 0 {
		err = fmt.Errorf("%w: id %d", gallery.ErrNoPerson, id)
	}
	if err != nil {
		return gallery.Person{}, err
	}
	return ps[0], nil
}

// Templates implements Engine. It is not a snapshot: what is enrolled or removed meanwhile may or may not appear.
// An unknown person has no templates.
func (s *Store) Templates(ctx context.Context, personID int64) iter.Seq2[gallery.Template, error] {
	return s.templates(ctx, personID, true)
}

// Sources implements Engine, as Templates does.
func (s *Store) Sources(ctx context.Context, personID int64) iter.Seq2[gallery.Template, error] {
	return s.templates(ctx, personID, false)
}

func (s *Store) templates(ctx context.Context, personID int64, vectors bool) iter.Seq2[gallery.Template, error] {
	return pages(func(last gallery.Template) ([]gallery.Template, error) {
		return s.templatesAfter(ctx, personID, cmp.Or(personID, last.PersonID), last.ID, vectors)
	})
}

// Counts implements gallery.Seeker: the index of people's templates is all that it reads. It is not a snapshot, as
// People is not.
func (s *Store) Counts(ctx context.Context) iter.Seq2[gallery.Count, error] {
	return pages(func(last gallery.Count) (out []gallery.Count, err error) {
		if err := s.begin(ctx); err != nil {
			return nil, err
		}
		defer s.live.Done()
		err = file.Each(ctx, s.read, func(rows *sql.Rows) error {
			var c gallery.Count
			err := rows.Scan(&c.PersonID, &c.Templates)
			out = append(out, c)
			return err
		}, `SELECT person_id, count(*) FROM template WHERE person_id > ? GROUP BY person_id ORDER BY person_id LIMIT ?`,
			last.PersonID, page)
		return out, err
	})
}

// templatesQuery returns the columns that templatesAfter reads, NULL for those that are not wanted or not there.
func (s *Store) templatesQuery(vectors bool) string {
	embedding, trunk, sums, from := `NULL`, `NULL`, `NULL, NULL, NULL`, ` FROM template t `
	if vectors {
		embedding, trunk = `t.embedding`, `trunk.v`
		from += `LEFT JOIN trunk ON trunk.template_id = t.id `
	}
	if s.version >= 2 {
		sums = `c.vector, c.source, c.trunk`
		from += `LEFT JOIN checksum c ON c.template_id = t.id `
	}
	return `SELECT t.id, t.person_id, t.key, t.created, t.score, t.size, t.sharpness, t.frontal, t.norm,
		t.path, t.sha256, t.x0, t.y0, t.x1, t.y1, ` + embedding + `, ` + trunk + `, ` + sums + from
}

// templatesAfter returns a page of templates after (person, last), of the person only unless personID is 0.
func (s *Store) templatesAfter(ctx context.Context, personID, person, last int64,
	vectors bool) ([]gallery.Template, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	q := s.templatesQuery(vectors)
	if personID == 0 {
		q += `WHERE (t.person_id, t.id) > (?, ?) ORDER BY t.person_id, t.id LIMIT ?`
	} else {
		q += `WHERE t.person_id = ? AND t.id > ? ORDER BY t.id LIMIT ?`
	}
	return s.queryTemplates(vectors, q, person, last, page)
}

// CountTemplates implements gallery.Seeker.
func (s *Store) CountTemplates(ctx context.Context, personIDs []int64) (people, templates int, err error) {
	if err := s.begin(ctx); err != nil {
		return 0, 0, err
	}
	defer s.live.Done()
	return file.CountTemplates(s.read, personIDs, &s.count)
}

// Template implements gallery.Seeker.
func (s *Store) Template(ctx context.Context, id int64) (gallery.Template, error) {
	if err := s.begin(ctx); err != nil {
		return gallery.Template{}, err
	}
	defer s.live.Done()
	ts, err := s.queryTemplates(true, s.templatesQuery(true)+`WHERE t.id = ?`, id)
	if err == nil && len(ts) == 0 {
		err = fmt.Errorf("%w: id %d", gallery.ErrNoTemplate, id)
	}
	if err != nil {
		return gallery.Template{}, err
	}
	return ts[0], nil
}

// queryTemplates returns the templates of a templatesQuery.
func (s *Store) queryTemplates(vectors bool, query string, args ...any) ([]gallery.Template, error) {
	rows, err := s.read.Query(query, args...)
	if err != nil {
		return nil, file.Wrap(err)
	}
	defer rows.Close()
	var out []gallery.Template
	for rows.Next() {
		var t gallery.Template
		var created int64
		var key, emb, trunk sql.RawBytes
		var vectorIs, sourceIs, trunkIs sql.NullInt64
		q, src := &t.Quality, &t.Source
		if err := rows.Scan(&t.ID, &t.PersonID, &key, &created, &q.Score, &q.Size, &q.Sharpness, &q.Frontal, &q.Norm,
			&src.Path, &src.SHA256, &src.Box[0], &src.Box[1], &src.Box[2], &src.Box[3], &emb, &trunk,
			&vectorIs, &sourceIs, &trunkIs); err != nil {
			return nil, file.Wrap(err)
		}
		if s.version >= 2 {
			ok := file.Holds(sourceIs, file.SourceSum(key, created, q, src))
			if vectors {
				ok = ok && file.Holds(vectorIs, file.VectorSum(t.ID, t.PersonID, emb)) &&
					trunkIs.Valid == (trunk != nil) &&
					(trunk == nil || file.Holds(trunkIs, file.TrunkSum(t.ID, trunk)))
			}
			if !ok {
				return nil, file.DamagedTemplate(t.ID, "the checksum does not hold")
			}
		}
		t.Created = file.Time(created)
		if vectors {
			if len(emb) != 4*s.dim || len(trunk)%4 != 0 {
				return nil, file.DamagedTemplate(t.ID, "embedding or trunk feature has the wrong length")
			}
			t.Embedding = make([]float32, s.dim)
			f32.Read(t.Embedding, emb)
		}
		if len(trunk) > 0 {
			t.Trunk = make([]float32, len(trunk)/4)
			f32.Read(t.Trunk, trunk)
		}
		out = append(out, t)
	}
	return out, file.Wrap(rows.Err())
}
