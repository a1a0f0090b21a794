package curate

import (
	"bytes"
	"context"
	"io"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/recognize/rejection"
)

// Stats are the figures of a gallery and, where it is a file, of what it takes on the disk. People are those who are
// somebody: examples of whom a face is not are counted apart.
type Stats struct {
	sqlite.Stats
	Examples    int         `json:"examples"`
	Calibration *Calibrated `json:"calibration"` // nil: answers go by the thresholds measured for the model
}

// Calibrated is what sets a gallery's thresholds.
type Calibrated struct {
	Made   time.Time `json:"made"`
	People int       `json:"people"` // enrolled, whose scores were compared
	Cohort int       `json:"cohort"` // strangers who normalise scores; 0: scores are cosines
}

// StatsOf reads the figures of a gallery.
func StatsOf(ctx context.Context, e gallery.Engine) (Stats, error) {
	info, t, err := rejection.Count(ctx, e)
	st := Stats{Stats: sqlite.Stats{Info: info}, Examples: t.Examples}
	if s, ok := e.(*sqlite.Store); ok && err == nil {
		st.Stats, err = s.Stats(ctx)
	}
	st.People, st.Templates, st.NoTemplates = t.People, t.Templates, t.Empty
	if keep, ok := e.(gallery.Calibrator); ok && err == nil {
		c, _ := keep.Calibration(ctx) // gallery check tells of a damaged one
		if c != nil && c.Model.Same(info.Model) {
			st.Calibration = &Calibrated{Made: c.Made, People: c.People}
			if c.Cohort != nil {
				st.Calibration.Cohort = c.Cohort.People
			}
		}
	}
	return st, err
}

// WriteText writes the figures of the gallery called name.
func (st *Stats) WriteText(w io.Writer, name string) error {
	var b bytes.Buffer
	search := "exact"
	if !st.Exact {
		search = "approximate"
	}
	plain.Fprintf(&b, "gallery     %s (%s, search is %s)\n", name, st.Engine, search)
	plain.Fprintf(&b, "model       %s, %d dimensions, %s views, sha256 %.12s…\n", st.Model.Name, st.Model.Dim,
		st.Model.Views, st.Model.SHA256)
	plain.Fprintf(&b, "people      %s\n", words.Thousands(st.People))
	if st.NoTemplates > 0 {
		plain.Fprintf(&b, "            %s of them without a photo, and not recognised\n",
			words.Thousands(st.NoTemplates))
	}
	plain.Fprintf(&b, "templates   %s\n", words.Thousands(st.Templates))
	if st.Examples > 0 {
		plain.Fprintf(&b, "examples    %s of whom a face is not\n", words.Thousands(st.Examples))
	}
	if !st.Created.IsZero() {
		plain.Fprintf(&b, "created     %s\nfile        %s (%s free), index %s\n",
			st.Created.Local().Format("2006-01-02 15:04"), words.Size(st.Bytes), words.Size(st.FreeBytes),
			words.Size(st.IndexBytes))
	}
	if c := st.Calibration; c != nil {
		plain.Fprintf(&b, "calibrated  %s by %s", c.Made.Local().Format("2006-01-02 15:04"),
			words.Plural(c.People, "person", "people"))
		if c.Cohort > 0 {
			plain.Fprintf(&b, "; scores are normalised by %s", words.Plural(c.Cohort, "stranger", "strangers"))
		}
		plain.Fprintf(&b, "\n")
	} else {
		plain.Fprintf(&b, "calibrated  no: answers go by the thresholds measured for the model\n")
	}
	if st.WithoutTrunk > 0 {
		plain.Fprintf(&b, "%s templates have no trunk feature: they cannot follow a fine-tuned model\n",
			words.Thousands(st.WithoutTrunk))
	}
	_, err := b.WriteTo(w)
	return err
}
