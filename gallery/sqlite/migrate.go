package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
	"faceid/internal/f32"
	"faceid/internal/gemm"
	"faceid/internal/hint"

	"gonum.org/v1/gonum/blas/blas32"
)

// MigrateOptions tune Migrate; nil means the zero value.
type MigrateOptions struct {
	Progress func(done, total int) // templates recomputed; nil: no report
}

// Migrate makes the gallery one of the model to, which differs from the present one in its final layer only: every
// embedding becomes the unit vector of W·t + b, where t is the template's stored trunk feature. w is W, to.Dim × n
// row-major, n the length of the trunk features; b has to.Dim values, or is nil for zeros.
//
// It is one transaction: a reader, and whoever opens the gallery after a crash, sees the old gallery or the new one.
// Stores that have the gallery open elsewhere get ErrModel from their next Enrol or Search: they embed with the old
// model. It returns ErrNoTrunk if templates have no trunk feature, ErrDimension if shapes disagree, and ErrNotFinite or
// ErrZeroVector if an embedding comes out so; nothing is changed then.
func (s *Store) Migrate(ctx context.Context, to gallery.Model, w, b []float32, o *MigrateOptions) error {
	from := s.model.Load() // that W and b go on from
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.live.Done()
	if o == nil {
		o = &MigrateOptions{}
	}
	if to.Dim != s.dim {
		return fmt.Errorf("migrate: %w: the gallery's embeddings have %d values, the new model's %d",
			gallery.ErrDimension, s.dim, to.Dim)
	}
	n := len(w) / to.Dim
	if n == 0 || n*to.Dim != len(w) || b != nil && len(b) != to.Dim {
		return fmt.Errorf("migrate: %w: W has %d values, b %d, for embeddings of %d", gallery.ErrDimension,
			len(w), len(b), to.Dim)
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer tx.rollback()
	if err := file.StillModel(tx.conn, from); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	total, err := s.migratable(tx, n)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	m := migration{s: s, tx: tx, w: blas32.General{Rows: to.Dim, Cols: n, Stride: n, Data: w}, b: b}
	if err := m.run(ctx, total, o.Progress); err != nil {
		return fmt.Errorf("migrate: %w", file.Wrap(err))
	}
	if _, err := tx.exec(`UPDATE gallery SET model_name = ?, model_sha256 = ?, views = ?`, to.Name, to.SHA256,
		to.Views); err != nil {
		return file.Wrap(err)
	}
	if err := tx.restart(); err != nil {
		return err
	}
	if err := tx.commit(); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	s.model.Store(&to)
	return nil
}

// migratable returns the number of templates, or ErrNoTrunk or ErrDimension if some cannot be recomputed.
func (s *Store) migratable(tx *writeTx, n int) (total int, err error) {
	var with, fit int
	err = tx.row(`SELECT (SELECT count(*) FROM template), count(*), ifnull(sum(length(v) = ?), 0) FROM trunk`,
		4*n).Scan(&total, &with, &fit)
	switch {
	case err != nil:
		return 0, file.Wrap(err)
	case with < total:
		return 0, hint.With(fmt.Errorf("%w: %d of %d", gallery.ErrNoTrunk, total-with, total),
			"enrol the photos of these people again with a model whose trunk feature can be tapped, or remove them")
	case fit < total:
		return 0, fmt.Errorf("%w: the trunk features of %d of %d templates do not have the %d values that W takes",
			gallery.ErrDimension, total-fit, total, n)
	}
	return total, nil
}

// migration is a Migrate under way. One goroutine reads trunk features, which the write transaction leaves alone,
// several multiply, and the caller's writes.
type migration struct {
	s  *Store
	tx *writeTx
	w  blas32.General
	b  []float32
}

// batch is a number of templates: first their trunk features, row by row, then their embeddings as blobs.
type batch struct {
	ids   []int64
	trunk []float32
	out   []float32
	blob  []byte
	err   error
	done  chan struct{} // closed when blob is there
}

const migrateBatch = 512

func (m *migration) run(ctx context.Context, total int, progress func(done, total int)) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	work, order := make(chan *batch, runtime.GOMAXPROCS(0)), make(chan *batch, 2*runtime.GOMAXPROCS(0))
	var readErr error
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer close(order)
		defer close(work)
		readErr = m.read(ctx, work, order)
	}()
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for b := range work {
				b.err = m.multiply(b)
				close(b.done)
			}
		}()
	}
	st, err := m.tx.conn.PrepareContext(context.Background(),
		`UPDATE template SET embedding = ? WHERE id = ? RETURNING person_id`)
	if err != nil {
		return err
	}
	defer st.Close()
	sign, err := m.tx.conn.PrepareContext(context.Background(), `UPDATE checksum SET vector = ? WHERE template_id = ?`)
	if err != nil {
		return err
	}
	defer sign.Close()
	done := 0
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		size := 4 * m.s.dim
		for i, id := range b.ids {
			blob := b.blob[i*size : (i+1)*size]
			var person int64
			if err := st.QueryRow(blob, id).Scan(&person); err != nil {
				return err
			}
			if _, err := sign.Exec(file.VectorSum(id, person, blob), id); err != nil {
				return err
			}
		}
		if done += len(b.ids); progress != nil {
			progress(done, total)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if readErr == nil && done != total {
		readErr = fmt.Errorf("%w: %d of %d trunk features belong to a template", gallery.ErrDamaged, done, total)
	}
	return readErr
}

func (m *migration) read(ctx context.Context, work, order chan<- *batch) error {
	rows, err := m.s.read.Query(`SELECT t.template_id, t.v, c.trunk
		FROM trunk t LEFT JOIN checksum c ON c.template_id = t.template_id ORDER BY t.template_id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	send := func(b *batch) error {
		for _, c := range []chan<- *batch{work, order} {
			select {
			case c <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	n := m.w.Cols
	var b *batch
	for rows.Next() {
		if b == nil {
			b = &batch{done: make(chan struct{})}
		}
		var id int64
		var v sql.RawBytes
		var sum sql.NullInt64
		if err := rows.Scan(&id, &v, &sum); err != nil {
			return err
		}
		if !file.Holds(sum, file.TrunkSum(id, v)) {
			return file.DamagedTemplate(id, "the checksum does not hold")
		}
		b.ids = append(b.ids, id)
		b.trunk = append(b.trunk, make([]float32, n)...)
		f32.Read(b.trunk[len(b.trunk)-n:], v)
		if len(b.ids) == migrateBatch {
			if err := send(b); err != nil {
				return err
			}
			b = nil
		}
	}
	if err := rows.Err(); err != nil || b == nil {
		return err
	}
	return send(b)
}

// multiply computes the embeddings of a batch.
func (m *migration) multiply(b *batch) error {
	d, n := m.w.Rows, len(b.ids)
	b.out = make([]float32, n*d)
	for i := range n {
		copy(b.out[i*d:(i+1)*d], m.b)
	}
	gemm.Gemm(false, true, 1, blas32.General{Rows: n, Cols: m.w.Cols, Stride: m.w.Cols, Data: b.trunk}, m.w,
		1, blas32.General{Rows: n, Cols: d, Stride: d, Data: b.out})
	for i := range n {
		u, err := gallery.Unit(b.out[i*d:(i+1)*d], d)
		if err != nil {
			return fmt.Errorf("template %d: W·t + b: %w", b.ids[i], err)
		}
		b.blob = f32.Append(b.blob, u)
	}
	return nil
}
