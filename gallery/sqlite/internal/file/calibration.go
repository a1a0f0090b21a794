package file

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"faceid/gallery"
)

// CalibrationTable holds one row, a gallery.Calibration as JSON. It is made by the first calibration, so that programs
// that know no calibrations go on opening the gallery: to them it is a table of no concern, and to search it is none.
const CalibrationTable = `CREATE TABLE IF NOT EXISTS calibration (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	content TEXT NOT NULL,
	sum INTEGER NOT NULL
)`

// MaxCalibration bounds what is read, in bytes; ours take some ten thousand.
const MaxCalibration = 16 << 20

// Read is the calibration that was read last, by its checksum: one with a cohort takes ten milliseconds to read, and
// every search goes by it.
type Read struct {
	sum int64
	c   gallery.Calibration
}

// ReadCalibration returns the stored one, or nil. What last holds is not read again; nil reads it in any case. What the
// calibration points to is shared.
func ReadCalibration(ctx context.Context, q Queryer, last *atomic.Pointer[Read]) (*gallery.Calibration, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'calibration'`).
		Scan(&n)
	if err != nil || n == 0 {
		return nil, Wrap(err)
	}
	var text []byte
	var sum int64
	if last != nil && last.Load() != nil {
		err := q.QueryRowContext(ctx, `SELECT sum FROM calibration WHERE id = 1`).Scan(&sum)
		if was := last.Load(); err == nil && was.sum == sum {
			c := was.c
			return &c, nil
		}
	}
	err = q.QueryRowContext(ctx, `SELECT content, sum FROM calibration WHERE id = 1 AND length(content) <= ?`,
		MaxCalibration).Scan(&text, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, Wrap(err)
	}
	if sum != CalibrationSum(text) {
		return nil, fmt.Errorf("%w: the calibration is not what was stored", gallery.ErrDamaged)
	}
	var c gallery.Calibration
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%w: the calibration: %v", gallery.ErrDamaged, err)
	}
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("%w: %v", gallery.ErrDamaged, err)
	}
	if last != nil {
		last.Store(&Read{sum, c})
	}
	return &c, nil
}

// CalibrationSum is of the text of a calibration.
func CalibrationSum(text []byte) int64 { return new(row).text(string(text)).sum() }
