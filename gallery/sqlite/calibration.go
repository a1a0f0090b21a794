package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
)

var _ gallery.Calibrator = (*Store)(nil)

// Calibration implements gallery.Calibrator. It returns ErrDamaged for one that this program cannot have written.
func (s *Store) Calibration(ctx context.Context) (*gallery.Calibration, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.live.Done()
	return file.ReadCalibration(ctx, s.read, &s.calibrated)
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
		if len(text) > file.MaxCalibration {
			return fmt.Errorf("%w: %d bytes", gallery.ErrCalibration, len(text))
		}
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return fmt.Errorf("calibrate: %w", err)
	}
	defer tx.rollback()
	if _, err := tx.exec(file.CalibrationTable); err != nil {
		return file.Wrap(err)
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
			_, err = tx.exec(`INSERT OR REPLACE INTO calibration VALUES (1, ?, ?)`, string(text),
				file.CalibrationSum(text))
		}
	}
	if err != nil {
		return file.Wrap(err)
	}
	return tx.commit()
}

// calibration reads the stored one, where there is one.
func (c *checker) calibration() error {
	if _, err := file.ReadCalibration(c.ctx, c.tx, nil); errors.Is(err, gallery.ErrDamaged) {
		c.r.add("%v; calibrate the gallery anew", err)
	} else if err != nil {
		return err
	}
	return nil
}
