package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

func calibration() *gallery.Calibration {
	fnir := 0.02
	return &gallery.Calibration{
		Made: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), Model: *model(8), Method: "moments", Enrolled: 20,
		Templates: 31, People: 20, Pairs: 189,
		Twice: []gallery.LookTwice{{A: 3, B: 9, Score: 0.97}},
		FAR: []gallery.CalibratedRate{{Rate: 1e-2, Low: 5e-3, High: 2e-2, Threshold: 0.3},
			{Rate: 1e-4, Low: 0, High: 1e-3, Threshold: 0.45}},
		FPIR:     []gallery.CalibratedRate{{Rate: 0.05, Low: 0.01, High: 0.2, Threshold: 0.4, FNIR: &fnir}},
		Searches: 18, Mated: 7,
	}
}

// TestCalibration: what was stored comes back, after a reopening too, survives a Compact, and can be replaced and
// removed.
func TestCalibration(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "g.db")
	s := open(t, path, 8)
	if c, err := s.Calibration(ctx); c != nil || err != nil {
		t.Fatalf("a new gallery: %+v, %v", c, err)
	}
	want := calibration()
	if err := s.SetCalibration(ctx, want); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path, 8)
	if c, err := s.Calibration(ctx); err != nil || !reflect.DeepEqual(c, want) {
		t.Fatalf("%+v, %v", c, err)
	}
	want.People = 19
	if err := s.SetCalibration(ctx, want); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Calibration(ctx); err != nil || !reflect.DeepEqual(c, want) {
		t.Fatalf("%+v, %v", c, err)
	}
	if r, err := sqlite.Check(ctx, path); err != nil || !r.OK() {
		t.Errorf("check: %+v, %v", r, err)
	}
	if err := s.SetCalibration(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Calibration(ctx); c != nil || err != nil {
		t.Errorf("removed: %+v, %v", c, err)
	}
}

// TestCalibrationRefused: one that cannot be, or is of another model, is not stored, and the old one stays.
func TestCalibrationRefused(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), 8)
	want := calibration()
	if err := s.SetCalibration(ctx, want); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*gallery.Calibration){
		"no threshold":         func(c *gallery.Calibration) { c.FAR = nil },
		"rates that rise":      func(c *gallery.Calibration) { c.FAR[1].Rate, c.FAR[1].High = 0.02, 0.03 },
		"thresholds that fall": func(c *gallery.Calibration) { c.FAR[1].Threshold = 0.2 },
		"an interval beside":   func(c *gallery.Calibration) { c.FAR[0].High = 1e-3 },
		"FNIR":                 func(c *gallery.Calibration) { x := 1.5; c.FPIR[0].FNIR = &x },
		"people":               func(c *gallery.Calibration) { c.People = -1 },
	} {
		c := calibration()
		change(c)
		if err := s.SetCalibration(ctx, c); !errors.Is(err, gallery.ErrCalibration) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := calibration()
	c.Model.SHA256 = strings.Repeat("5", 64)
	if err := s.SetCalibration(ctx, c); !errors.Is(err, gallery.ErrModel) {
		t.Errorf("another model: %v", err)
	}
	if c, err := s.Calibration(ctx); err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestCalibrationDamaged: text that was not stored, were it a calibration, is an error of damage and a problem to
// Check, and can be replaced.
func TestCalibrationDamaged(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "g.db")
	s := open(t, path, 8)
	if err := s.SetCalibration(ctx, calibration()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"no JSON", `{"far":[{"rate":0.01,"low":0,"high":0.1,"threshold":0.3}]}`, `{}`} {
		db, err := sql.Open("sqlite3", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`UPDATE calibration SET content = ?`, text); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := s.Calibration(ctx); !errors.Is(err, gallery.ErrDamaged) {
			t.Errorf("%s: %v", text, err)
		}
		if r, err := sqlite.Check(ctx, path); err != nil || r.OK() {
			t.Errorf("%s: check finds nothing: %v", text, err)
		}
		if err := s.SetCalibration(ctx, calibration()); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCalibrationBeside: what another process stores is what is read next, though the last one read is remembered.
func TestCalibrationBeside(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "g.db")
	s := open(t, path, 8)
	beside, err := sqlite.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	for n := range 4 {
		want := calibration()
		want.People = 20 + n/2 // stored again as it was, too
		if err := beside.SetCalibration(ctx, want); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			c, err := s.Calibration(ctx)
			if err != nil || !reflect.DeepEqual(c, want) {
				t.Fatalf("%+v, %v; want %+v", c, err, want)
			}
			c.Method = "changed by whoever read it"
		}
	}
	if err := beside.SetCalibration(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Calibration(ctx); c != nil || err != nil {
		t.Errorf("removed: %+v, %v", c, err)
	}
}
