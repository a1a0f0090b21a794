package recognize

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/golden"
	"faceid/models"
	"faceid/recognize/census"
	"faceid/recognize/rejection"
)

// crowd makes embeddings of people who are about as alike as faces: two photos each of those with an even number.
func crowd(seed uint64, people int, alike float64) []gallery.Enrolment {
	rng := rand.New(rand.NewPCG(seed, 1))
	direction := func() (v [512]float64) {
		n := 0.0
		for i := range v {
			v[i] = rng.NormFloat64() * math.Pow(float64(i+1), -0.35)
			n += v[i] * v[i]
		}
		for i := range v {
			v[i] /= math.Sqrt(n)
		}
		return v
	}
	centre := direction()
	var out []gallery.Enrolment
	for p := range people {
		own := direction()
		e := gallery.Enrolment{Name: fmt.Sprintf("P%d", p)}
		for range 2 - p%2 {
			photo, t := direction(), gallery.Template{Embedding: make([]float32, 512)}
			for i := range own {
				t.Embedding[i] = float32(own[i] + alike*centre[i] + 0.6*photo[i])
			}
			e.Templates = append(e.Templates, t)
		}
		out = append(out, e)
	}
	return out
}

// enrolled is a Recognizer with a gallery of the default model that holds these people.
func enrolled(t *testing.T, people []gallery.Enrolment) (*Recognizer, gallery.Engine) {
	t.Helper()
	r, err := Open(context.Background(), &Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	m, err := r.store.Entry(r.store.Packs()[0].Embedder)
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.GalleryFor(context.Background(), gallery.Model{Name: m.Name, SHA256: m.SHA256, Dim: m.Output.Dim,
		Views: ViewsMirrored})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Enrol(context.Background(), people, nil); err != nil {
		t.Fatal(err)
	}
	return r, e
}

// TestCalibrate: people who are more alike than LFW's get a higher threshold than the shipped one, the gallery keeps
// it, and points are picked by it.
func TestCalibrate(t *testing.T) {
	ctx := context.Background()
	r, e := enrolled(t, crowd(1, 150, 0.5))
	info, err := e.Info(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := r.store.Entry(info.Model.Name)
	before, err := r.point(ctx, e, info, m, Target{FAR: 1e-4})
	if err != nil || before.People != 0 || before.On == "" {
		t.Fatalf("not calibrated: %+v, %v", before, err)
	}
	var few *TooFewError
	if _, err := r.point(ctx, e, info, m, Target{FPIR: 0.1}); !errors.Is(err, ErrUncalibrated) {
		t.Errorf("FPIR of a gallery that is not calibrated: %v", err)
	}
	c, err := r.Calibrate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Enrolled != 150 || c.People != 150 || c.Pairs != 150*149/2 || c.Templates != 225 || len(c.Twice) != 0 ||
		c.Searches != 150 || c.Mated != 75 {
		t.Errorf("%+v", c)
	}
	p, err := r.point(ctx, e, info, m, Target{FAR: 1e-4})
	if err != nil || p.People != 150 || p.Threshold < before.Threshold+0.02 || p.FAR > 1e-4 || p.FAR < 0.9e-4 ||
		!(p.Low < 1e-4 && p.High > 1e-4) || p.On != "" {
		t.Errorf("%+v, %v; before %+v", p, err, before)
	}
	tuned := info // as after a migration, which leaves the calibration of the model before
	tuned.Model.SHA256 = strings.Repeat("ab", 32)
	if _, err := r.point(ctx, e, tuned, m, Target{FPIR: 0.1}); !errors.Is(err, ErrUncalibrated) {
		t.Errorf("FPIR by a calibration of another model: %v", err)
	}
	// The pairs counted at 1e-2 are about as many as promised.
	p, err = r.point(ctx, e, info, m, Target{FAR: 1e-2})
	if err != nil {
		t.Fatal(err)
	}
	var all []gallery.Template
	for x, err := range e.Templates(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	pass, pairs := 0.0, 0.0
	for i, a := range all {
		for _, b := range all[:i] {
			if a.PersonID == b.PersonID {
				continue
			}
			s := 0.0
			for k := range a.Embedding {
				s += float64(a.Embedding[k]) * float64(b.Embedding[k])
			}
			pairs++
			if s >= p.Threshold {
				pass++
			}
		}
	}
	if share := pass / pairs; share < 0.006 || share > 0.015 {
		t.Errorf("at the threshold for 1e-2 %.4f of the pairs pass", share)
	}
	f, err := r.point(ctx, e, info, m, Target{FPIR: 0.05})
	if err != nil || f.People != 150 {
		t.Fatalf("%+v, %v", f, err)
	}
	if share, people, err := r.Strangers(ctx, f); err != nil || people != 150 || share < 0.04 || share > 0.0501 {
		t.Errorf("strangers %v among %d, %v", share, people, err)
	}
	if _, err := r.point(ctx, e, info, m, Target{FPIR: 1e-4}); !errors.As(err, &few) ||
		few.Need != 10_000 || few.Have != 150 {
		t.Errorf("an FPIR that takes more people: %v", err)
	}
}

// TestCalibrateFew: with fewer than ten people the shipped threshold stays, and a calibration of more people goes with
// them.
func TestCalibrateFew(t *testing.T) {
	ctx := context.Background()
	r, e := enrolled(t, crowd(2, 12, 0.3))
	if _, err := r.Calibrate(ctx, nil); err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for p, err := range e.People(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	if err := e.Remove(ctx, ids[9:]...); err != nil {
		t.Fatal(err)
	}
	var few *TooFewError
	if _, err := r.Calibrate(ctx, nil); !errors.As(err, &few) || few.Have != 9 || few.Need != MinCalibrated {
		t.Errorf("nine people: %v", err)
	}
	if c, err := e.(gallery.Calibrator).Calibration(ctx); c != nil || err != nil {
		t.Errorf("a calibration is left: %+v, %v", c, err)
	}
	if err := r.Recalibrate(ctx); err != nil {
		t.Errorf("too few people is not a failure of a change: %v", err)
	}
}

// TestCalibrateTwice: somebody enrolled under two names is left out and told, and does not raise the threshold.
func TestCalibrateTwice(t *testing.T) {
	ctx := context.Background()
	people := crowd(3, 40, 0.3)
	r, _ := enrolled(t, people)
	clean, err := r.Calibrate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	copied := append(people, gallery.Enrolment{Name: "again",
		Templates: []gallery.Template{{Embedding: people[7].Templates[0].Embedding}}})
	r, _ = enrolled(t, copied)
	twice, err := r.Calibrate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(twice.Twice) != 1 || twice.Twice[0].A != 8 || twice.Twice[0].B != 41 || twice.Twice[0].Score < 0.999 {
		t.Fatalf("left out: %+v", twice.Twice)
	}
	a, _ := CalibratedPoint(clean, 40, Target{FAR: 1e-3})
	b, _ := CalibratedPoint(twice, 41, Target{FAR: 1e-3})
	if math.Abs(a.Threshold-b.Threshold) > 0.01 {
		t.Errorf("threshold %.3f, with one enrolled twice %.3f", a.Threshold, b.Threshold)
	}
}

// TestRecalibrate: after a change the calibration follows; where nothing changed it stays as it is.
func TestRecalibrate(t *testing.T) {
	ctx := context.Background()
	r, e := enrolled(t, crowd(4, 20, 0.3))
	keep := e.(gallery.Calibrator)
	if err := r.Recalibrate(ctx); err != nil {
		t.Fatal(err)
	}
	first, err := keep.Calibration(ctx)
	if err != nil || first == nil || first.Enrolled != 20 {
		t.Fatalf("%+v, %v", first, err)
	}
	first.Method = "marked"
	if err := keep.SetCalibration(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := r.Recalibrate(ctx); err != nil {
		t.Fatal(err)
	}
	if c, _ := keep.Calibration(ctx); c.Method != "marked" {
		t.Error("calibrated anew without a change")
	}
	if _, err := e.Enrol(ctx, []gallery.Enrolment{{Name: "new", Templates: crowd(5, 1, 0.3)[0].Templates}},
		nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Recalibrate(ctx); err != nil {
		t.Fatal(err)
	}
	if c, _ := keep.Calibration(ctx); c.Method == "marked" || c.Enrolled != 21 {
		t.Errorf("after one more person: %+v", c)
	}
}

// TestCalibratedPoint: between the rates that are kept, thresholds and rates are each other's inverse; beyond them
// nothing is promised.
func TestCalibratedPoint(t *testing.T) {
	c := &gallery.Calibration{People: 30, Enrolled: 100, Searches: 100, FAR: []gallery.CalibratedRate{
		{Rate: 1e-1, Low: 5e-2, High: 2e-1, Threshold: 0.1}, {Rate: 1e-2, Low: 5e-3, High: 2e-2, Threshold: 0.2},
		{Rate: 1e-4, Low: 0, High: 1e-3, Threshold: 0.4}},
		FPIR: []gallery.CalibratedRate{{Rate: 0.5, Low: 0.4, High: 0.6, Threshold: 0.3},
			{Rate: 0.01, Low: 0, High: 0.05, Threshold: 0.5}}}
	for far := 0.1; far > 1e-4; far *= 0.7 {
		p, err := CalibratedPoint(c, 100, Target{FAR: far})
		if err != nil {
			t.Fatal(err)
		}
		back, err := CalibratedPoint(c, 100, Target{Threshold: &p.Threshold})
		if err != nil || math.Abs(back.FAR/far-1) > 0.011 || p.Low > far || p.High < far {
			t.Errorf("FAR %g: %+v and back %+v, %v", far, p, back, err)
		}
	}
	var u *UnreachedError
	if _, err := CalibratedPoint(c, 100, Target{FAR: 1e-5}); !errors.As(err, &u) || len(u.Known) != 3 {
		t.Errorf("stricter than kept: %v", err)
	}
	high, low := 0.9, -0.5
	if p, err := CalibratedPoint(c, 100, Target{Threshold: &high}); err != nil || p.FAR != 1e-4 ||
		p.High != 1e-3 || p.Low != 0 {
		t.Errorf("a threshold above all: %+v, %v", p, err)
	}
	if p, err := CalibratedPoint(c, 100, Target{Threshold: &low}); err != nil || p.FAR != 1 {
		t.Errorf("a threshold below all: %+v, %v", p, err)
	}
	a, err := CalibratedPoint(c, 100, Target{FPIR: 0.1})
	b, err2 := CalibratedPoint(c, 200, Target{FPIR: 0.1})
	if err != nil || err2 != nil || b.Threshold <= a.Threshold {
		t.Errorf("twice the people: %+v, %+v, %v, %v", a, b, err, err2)
	}
	for _, bad := range []Target{{}, {FAR: 1}, {FAR: math.NaN()}, {FPIR: 1.5}, {FPIR: math.NaN()},
		{Threshold: new(float64)}} {
		if bad.Threshold != nil {
			*bad.Threshold = math.NaN()
		}
		if p, err := CalibratedPoint(c, 100, bad); err == nil {
			t.Errorf("%+v gives %+v", bad, p)
		}
	}
}

// TestCalibrateStrangersEnrolled: other photos of people enrolled, given as strangers, are left out and listed; where
// too few strangers are left, that is why.
func TestCalibrateStrangersEnrolled(t *testing.T) {
	needPhotos(t)
	ctx := context.Background()
	const people, second = 25, 4
	of, err := golden.LFW(people+50, 2)
	if err != nil {
		t.Fatal(err)
	}
	if of == nil {
		t.Skip("LFW is not here (FACEID_SHARED)")
	}
	r, p, e := emptyGallery(t)
	for _, who := range of[:people] {
		f := p.Photo(ctx, embed.Input{Path: who[0]})
		if f.Err != nil || len(f.Faces) == 0 {
			t.Fatal(who[0], f.Err)
		}
		if _, err := e.Enrol(ctx, []gallery.Enrolment{{Name: filepath.Base(filepath.Dir(who[0])),
			Templates: []gallery.Template{{Embedding: f.Faces[0].Embedding}}}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	var strangers, enrolled []string
	for i, who := range of {
		if i < second {
			enrolled = append(enrolled, who[1])
		} else if i >= people {
			strangers = append(strangers, who[0])
		}
	}
	alone, err := r.Calibrate(ctx, &CalibrateOptions{Strangers: embed.Files(strangers...)})
	if err != nil || len(alone.LookEnrolled) != 0 || alone.Searches < 45 {
		t.Fatalf("only strangers: %+v, %v", alone, err)
	}
	mixed, err := r.Calibrate(ctx, &CalibrateOptions{Strangers: embed.Files(append(enrolled, strangers...)...)})
	if err != nil || len(mixed.LookEnrolled) != second || mixed.Searches != alone.Searches {
		t.Fatalf("with %d of the enrolled: %+v, %v", second, mixed, err)
	}
	for _, l := range mixed.LookEnrolled {
		if !slices.Contains(enrolled, l.Photo) {
			t.Errorf("left out: %+v", l)
		}
	}
	if !slices.EqualFunc(mixed.FPIR, alone.FPIR, func(a, b gallery.CalibratedRate) bool {
		return a.Rate == b.Rate && a.Threshold == b.Threshold
	}) {
		t.Errorf("rates %+v, without the enrolled %+v", mixed.FPIR, alone.FPIR)
	}
	_, err = r.Calibrate(ctx, &CalibrateOptions{Strangers: embed.Files(append(enrolled, strangers[0])...)})
	var few *TooFewError
	if !errors.As(err, &few) || !few.Strangers || !strings.Contains(err.Error(), "look like somebody enrolled") ||
		!strings.Contains(err.Error(), "stranger was searched for, 6 are needed") {
		t.Errorf("nearly all are enrolled: %v", err)
	}
	kept, err := r.Calibration(ctx)
	if err != nil || !kept.Strangers || kept.Searches != mixed.Searches {
		t.Errorf("too few strangers took the calibration away: %+v, %v", kept, err)
	}
	// Copies, and a photo that is not one, count for nothing and are told.
	bad := filepath.Join(t.TempDir(), "bad.jpg")
	if err := os.WriteFile(bad, []byte("no photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	var unread, copies int
	twice, err := r.Calibrate(ctx, &CalibrateOptions{Strangers: embed.Files(slices.Concat(strangers, []string{bad},
		strangers)...), Left: func(p *PhotoError) {
		switch {
		case errors.Is(p, census.ErrMet):
			copies++
		case p.Path == bad && errors.Is(p, embed.ErrFormat):
			unread++
		}
	}})
	if err != nil || twice.Searches != alone.Searches || copies != alone.Searches || unread != 1 {
		t.Errorf("each twice: %+v, %d copies, %d unread, %v", twice, copies, unread, err)
	}
	share := Target{FPIR: 0.01}
	if _, err := CalibratedPoint(twice, people, share); !errors.As(err, &few) || err.Error() !=
		fmt.Sprintf("an FPIR of 0.01: %d strangers were searched for, 300 are needed", alone.Searches) {
		t.Errorf("too strict: %v", err)
	}
}

// TestExamplesAreNobody: an example of whom somebody is not, and a person without a photo, count for nothing in what is
// said of people: nine of them are not told to calibrate, and a calibration of ten is not made anew by every change.
func TestExamplesAreNobody(t *testing.T) {
	ctx := t.Context()
	people := crowd(3, 11, 0.3)
	x, err := rejection.Example{Not: "P0"}.Entry(0)
	if err != nil {
		t.Fatal(err)
	}
	example := gallery.Enrolment{Name: x.Name, Metadata: x.Metadata, Templates: people[10].Templates[:1]}
	r, e := enrolled(t, append([]gallery.Enrolment{{Name: "Nobody yet"}, example}, people[:9]...))
	if err := r.Recalibrate(ctx); err != nil {
		t.Fatal(err)
	}
	at, err := PointOf(models.Entry{Thresholds: []models.Threshold{{FAR: 1e-3, Score: 0.3, On: "LFW"}}},
		Target{FAR: 1e-3})
	if err != nil {
		t.Fatal(err)
	}
	share, n, err := r.Strangers(ctx, at)
	if err != nil || n != 9 || share != FalsePositive(1e-3, 9) {
		t.Errorf("%d people, share %v, %v", n, share, err)
	}
	_, info, err := r.There(ctx)
	if err != nil || info.People != 9 || info.Templates != 14 {
		t.Errorf("%+v, %v", info, err)
	}
	var few *TooFewError
	if _, err := r.point(ctx, e, info, models.Entry{}, Target{FPIR: 0.1}); !errors.As(err, &few) || few.Have != 9 {
		t.Errorf("an FPIR of nine people: %v", err)
	}
	if _, err := e.Enrol(ctx, people[9:10], nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Recalibrate(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := r.Calibration(ctx)
	if err != nil || c == nil || c.Enrolled != 10 {
		t.Fatalf("ten people: %+v, %v", c, err)
	}
	c.Method = "kept"
	if err := e.(gallery.Calibrator).SetCalibration(ctx, c); err != nil {
		t.Fatal(err)
	}
	if err := r.Recalibrate(ctx); err != nil {
		t.Fatal(err)
	}
	if c, err := r.Calibration(ctx); err != nil || c.Method != "kept" {
		t.Errorf("calibrated anew though nobody came or went: %+v, %v", c, err)
	}
}
