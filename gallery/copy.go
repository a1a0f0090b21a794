package gallery

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// TransferOptions tune Copy, Export and Import; nil means the zero value.
type TransferOptions struct {
	// Batch is about how many templates go into one Enrol; 0 means 1,000. What was enrolled before an error stays,
	// and the same transfer run again adds the rest.
	Batch int
	// Numbers makes ExportJSONL write vectors as JSON numbers, for tools that cannot read base64; twice the size.
	Numbers bool
	// NoTrunk leaves trunk features out.
	NoTrunk bool
	// Progress is told the templates done, and their number or 0 where that is not known; nil: no report.
	Progress func(done, total int)
}

func (o *TransferOptions) orDefault() TransferOptions {
	var t TransferOptions
	if o != nil {
		t = *o
	}
	if t.Batch <= 0 {
		t.Batch = 1000
	}
	return t
}

// Transferred is what a Copy or an Import did.
type Transferred struct {
	People     int `json:"people"`     // read
	Created    int `json:"created"`    // of these new in the target
	Added      int `json:"added"`      // templates added
	Duplicates int `json:"duplicates"` // templates that the target had already
	// new people whose names look like somebody else's in the target; see Skeleton
	Alike []NamePair `json:"names_alike,omitempty"`
}

// Copy adds everybody in from to the gallery to, which must be of the same model (ErrModel). It can be run again after
// an error or a kill, and adds what is missing: the first person of a name goes to the first of that name in the
// target, the second to the second, by ascending id, created where there are fewer; a template that the person has
// already (Template.Key: the photo's hash and box, or without a hash the embedding itself) is not added twice. Ids and
// times are the target's own.
func Copy(ctx context.Context, from, to Engine, o *TransferOptions) (Transferred, error) {
	opt := o.orDefault()
	info, err := from.Info(ctx)
	if err != nil {
		return Transferred{}, fmt.Errorf("copy: %w", err)
	}
	m, err := newImporter(ctx, to, &info.Model, opt)
	if err != nil {
		return Transferred{}, fmt.Errorf("copy: %w", err)
	}
	m.total = info.Templates
	err = eachPart(ctx, from, opt, func(p part) error { return m.add(p) })
	if err == nil {
		err = m.finish()
	}
	if err == nil {
		err = unchanged(ctx, from, info)
	}
	if err == nil {
		err = m.alike()
	}
	if err != nil {
		return m.sum, fmt.Errorf("copy: %w", err)
	}
	return m.sum, nil
}

// unchanged returns ErrModel if e was migrated since info was read, so that what was read is a mixture.
func unchanged(ctx context.Context, e Engine, info Info) error {
	now, err := e.Info(ctx)
	if err != nil {
		return err
	}
	return now.Model.Check(info.Model)
}

// part is a person, or more templates of the person before.
type part struct {
	again     bool // the same person as the part before
	id        int64
	name      string
	metadata  json.RawMessage
	templates []Template
}

// partSize bounds the templates of a part, and with it the memory of a transfer and a line of JSON.
const partSize = 256

// eachPart calls f for everybody in e.
func eachPart(ctx context.Context, e Engine, o TransferOptions, f func(part) error) error {
	for p, err := range e.People(ctx) {
		if err != nil {
			return err
		}
		x := part{id: p.ID, name: p.Name, metadata: p.Metadata}
		for t, err := range e.Templates(ctx, p.ID) {
			if err != nil {
				return err
			}
			if len(x.templates) == partSize {
				if err := f(x); err != nil {
					return err
				}
				x = part{again: true, id: p.ID, name: p.Name}
			}
			if o.NoTrunk {
				t.Trunk = nil
			}
			x.templates = append(x.templates, t)
		}
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// importer enrols parts in batches.
type importer struct {
	ctx     context.Context
	to      Engine
	o       TransferOptions
	dim     int
	pending []Enrolment
	where   []string       // of each pending enrolment: its place in what is read, for errors
	at      string         // the place of what is added
	n       int            // templates pending
	seen    map[string]int // people of each name so far
	id      int64          // the present person's id in the target; 0: goes by name
	made    map[int64]bool // people created
	total   int
	done    int
	sum     Transferred
}

// newImporter returns ErrModel if the target is of another model than m; nil is not compared.
func newImporter(ctx context.Context, to Engine, m *Model, o TransferOptions) (*importer, error) {
	info, err := to.Info(ctx)
	if err != nil {
		return nil, err
	}
	if m != nil {
		if err := cmp.Or(m.CheckText(), info.Model.Check(*m)); err != nil {
			return nil, err
		}
	}
	return &importer{ctx: ctx, to: to, o: o, dim: info.Model.Dim, seen: make(map[string]int),
		made: make(map[int64]bool)}, nil
}

func (m *importer) add(p part) error {
	written := p.name
	if clean, err := CleanName(p.name); err == nil {
		p.name = clean
	}
	e := Enrolment{Name: p.name, Metadata: p.metadata, Templates: p.templates}
	if !p.again {
		m.sum.People++
		m.seen[p.name]++
		m.id = 0
		if n := m.seen[p.name]; n > 1 || written != p.name {
			if err := m.namesake(&e, written, n); err != nil {
				return err
			}
		}
	}
	e.PersonID = m.id
	m.pending, m.where = append(m.pending, e), append(m.where, m.at)
	if m.n += len(e.Templates); m.n >= m.o.Batch || len(m.pending) >= m.o.Batch {
		return m.finish()
	}
	return nil
}

// namesake sets m.id to the n-th person with the name of e in the target, created if there are fewer. A target of an
// older version may have the name as it was written, before it was cleaned: two that are alike now are still two
// people.
func (m *importer) namesake(e *Enrolment, written string, n int) error {
	if err := m.finish(); err != nil {
		return err
	}
	ps, err := m.to.Find(m.ctx, e.Name)
	if err == nil && written != e.Name {
		var old []Person
		old, err = m.to.Find(m.ctx, written)
		ps = append(ps, old...)
		slices.SortFunc(ps, func(a, b Person) int { return cmp.Compare(a.ID, b.ID) })
	}
	if err != nil {
		return err
	}
	if len(ps) >= n {
		m.id = ps[n-1].ID
		return nil
	}
	r, err := m.to.Enrol(m.ctx, []Enrolment{{Name: e.Name, Metadata: e.Metadata}}, &EnrolOptions{NewPeople: true})
	if err != nil {
		return err
	}
	m.sum.Created++
	m.id = r[0].PersonID
	m.made[m.id] = true
	return nil
}

// finish enrols what is pending.
func (m *importer) finish() error {
	if len(m.pending) == 0 {
		return nil
	}
	r, err := m.to.Enrol(m.ctx, m.pending, nil)
	if err != nil {
		return m.blame(err)
	}
	for _, x := range r {
		if x.Created {
			m.sum.Created++
			m.made[x.PersonID] = true
		}
		m.sum.Added += x.Added
		m.sum.Duplicates += x.Duplicates
	}
	m.done += m.n
	m.pending, m.where, m.n = m.pending[:0], m.where[:0], 0
	if m.o.Progress != nil {
		m.o.Progress(m.done, m.total)
	}
	return nil
}

// alike looks for new people whose names look like others'.
func (m *importer) alike() (err error) {
	if len(m.made) > 0 {
		m.sum.Alike, err = AlikeNames(m.ctx, m.to, func(p Person) bool { return m.made[p.ID] })
	}
	return err
}

// placed is an error at a place in what is read.
type placed struct {
	at  string
	err error
}

func (p *placed) Error() string { return p.at + ": " + p.err.Error() }
func (p *placed) Unwrap() error { return p.err }

// place says where an error is, unless it says so itself.
func place(at string, err error) error {
	if p := (*placed)(nil); at == "" || errors.As(err, &p) {
		return err
	}
	return &placed{at, err}
}

// blame finds the pending enrolment that Enrol refused: one of many, so that what is read has gone on meanwhile.
func (m *importer) blame(err error) error {
	for i := range m.pending {
		if _, one := NormaliseEnrolments(m.pending[i:i+1], m.dim); one != nil {
			var inner error = one
			if u := errors.Unwrap(one); u != nil { // without its number among the pending
				inner = u
			}
			return place(m.where[i], fmt.Errorf("%.100q: %w", m.pending[i].Name, inner))
		}
	}
	return err
}
