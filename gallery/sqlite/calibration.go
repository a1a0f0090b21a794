package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"faceid/gallery"
)

var _ gallery.Calibrator = (*Store)(nil)

// calibrationTable holds one row, a gallery.Calibration as JSON. It is made by the first calibration, so that programs
// that know no calibrations go on opening the gallery: to them it is a table of no concern, and to search it is none.
const calibrationTable = `CREATE TABLE IF NOT EXISTS calibration (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	content TEXT NOT NULL,
	sum INTEGER NOT NULL
)`

// maxCalibration bounds what is read, in bytes; ours take some ten thousand.
const maxCalibration = 16 << 20

// readCalibration returns the stored one, or nil.
func readCalibration(ctx context.Context, q queryer) (*gallery.Calibration, error) {
	var n int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'calibration'`).Scan(&n); err != nil || n == 0 {
		return nil, wrapDB(err)
	}
	var text []byte
	var sum int64
	err := q.QueryRowContext(ctx, `SELECT content, sum FROM calibration WHERE id = 1 AND length(content) <= ?`,
		maxCalibration).Scan(&text, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrapDB(err)
	}
	if sum != calibrationSum(text) {
		return nil, fmt.Errorf("%w: the calibration is not what was stored", gallery.ErrDamaged)
	}
	var c gallery.Calibration
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%w: the calibration: %v", gallery.ErrDamaged, err)
	}
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("%w: %v", gallery.ErrDamaged, err)
	}
	return &c, nil
}

func calibrationSum(text []byte) int64 { return new(row).text(string(text)).sum() }

// Calibration implements gallery.Calibrator. It returns ErrDamaged for one that this program cannot have written.
func (s *Store) Calibration(ctx context.Context) (*gallery.Calibration, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	return readCalibration(ctx, s.read)
}

// SetCalibration implements gallery.Calibrator.
func (s *Store) SetCalibration(ctx context.Context, c *gallery.Calibration) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.live.Done()
	var text []byte
	if c != nil {
		if err := c.Check(); err != nil {
			return err
		}
		if m := s.model.Load(); !m.Same(c.Model) {
			return fmt.Errorf("%w: the calibration is of %s", gallery.ErrModel, c.Model.Name)
		}
		var err error
		if text, err = json.Marshal(c); err != nil {
			return err
		}
		if len(text) > maxCalibration {
			return fmt.Errorf("%w: %d bytes", gallery.ErrCalibration, len(text))
		}
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return fmt.Errorf("calibrate: %w", err)
	}
	defer tx.rollback()
	if _, err := tx.exec(calibrationTable); err != nil {
		return wrapDB(err)
	}
	if c == nil {
		_, err = tx.exec(`DELETE FROM calibration`)
	} else {
		// Another process may have migrated the gallery meanwhile.
		var sha string
		if err = tx.row(`SELECT model_sha256 FROM gallery`).Scan(&sha); err == nil && sha != c.Model.SHA256 {
			return fmt.Errorf("%w: the calibration is of %s", gallery.ErrModel, c.Model.Name)
		}
		if err == nil {
			_, err = tx.exec(`INSERT OR REPLACE INTO calibration VALUES (1, ?, ?)`, string(text), calibrationSum(text))
		}
	}
	if err != nil {
		return wrapDB(err)
	}
	return tx.commit()
}

// calibration reads the stored one, where there is one.
func (c *checker) calibration() error {
	if _, err := readCalibration(c.ctx, c.tx); errors.Is(err, gallery.ErrDamaged) {
		c.r.add("%v; calibrate the gallery anew", err)
	} else if err != nil {
		return err
	}
	return nil
}
