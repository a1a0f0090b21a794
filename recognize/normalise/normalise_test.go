package normalise_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/gallery/sqlite"
	"faceid/internal/deptest"
	"faceid/internal/golden"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/curate"
	"faceid/recognize/measure"
	"faceid/recognize/normalise"
)

func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"github.com/spf13/cobra": "flags are the command line's",
		"net/http":               "no network",
		"./cmd/...":              "nobody imports backwards",
		"./server/...":           "nobody imports backwards",
	})
}

// photosOf are photos of people of LFW, two of each.
func photosOf(t *testing.T, people int) [][]string {
	t.Helper()
	paths, err := golden.LFW(people, 2)
	if err != nil {
		t.Fatal(err)
	}
	if paths == nil {
		t.Skip("LFW is not at hand (FACEID_SHARED)")
	}
	return paths
}

// TestCohort: real photos and the real model through a cohort's life: calibrated with it, answers have both scores and
// go by the normalised one; it outlives a calibration and a removal; without it answers are to the bit what they were.
func TestCohort(t *testing.T) {
	ctx := t.Context()
	r, err := recognize.Open(ctx, &recognize.Options{Gallery: filepath.Join(t.TempDir(), "g.db"),
		Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := r.Pipeline(ctx)
	if err != nil && os.Getenv("FACEID_REQUIRE_ORT") != "1" {
		t.Skipf("models are not set up (make setup): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.GalleryFor(ctx, p.Model())
	if err != nil {
		t.Fatal(err)
	}
	paths := photosOf(t, 40)
	var probes []string
	var strangers [][]float32
	for i, of := range paths {
		for photo := range p.Run(ctx, embed.Files(of...)) {
			f, err := recognize.OneFace(photo, recognize.SeveralLargest)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case i >= 20 && photo.Index == 0:
				strangers = append(strangers, f.Embedding)
			case i < 20 && (photo.Index == 0 || i%2 == 0):
				x := gallery.Enrolment{Name: filepath.Base(filepath.Dir(photo.Path)),
					Templates: []gallery.Template{recognize.TemplateOf(photo, f)}}
				if _, err := e.Enrol(ctx, []gallery.Enrolment{x}, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		probes = append(probes, of[1])
	}
	before, err := r.Calibrate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := &recognize.IdentifyOptions{K: 5}
	identify := func(o *recognize.IdentifyOptions) (out []recognize.Answer) {
		t.Helper()
		for a, err := range r.IdentifyWith(ctx, embed.Files(probes...), o) {
			if err != nil {
				t.Fatal(err)
			}
			a.Photo, a.Face = embed.Photo{}, &embed.Face{Embedding: a.Face.Embedding}
			out = append(out, a)
		}
		return out
	}
	plain := identify(asked)

	n, err := snorm.New(strangers)
	if err != nil {
		t.Fatal(err)
	}
	with, err := r.Calibrate(ctx, &recognize.CalibrateOptions{Cohort: n,
		Verdict: gallery.Verdict{Says: "for a test"}})
	if err != nil {
		t.Fatal(err)
	}
	c := with.Cohort
	if c == nil || c.People != 20 || c.Own != 20 || c.Says != "for a test" || len(c.FAR) < 3 || len(c.FPIR) == 0 {
		t.Fatalf("%+v", c)
	}
	if !reflect.DeepEqual(with.FAR, before.FAR) || !reflect.DeepEqual(with.FPIR, before.FPIR) {
		t.Error("thresholds of cosines are others with a cohort")
	}
	if s := with.Shown(); s.Cohort.Moments != nil || with.Cohort.Moments == nil {
		t.Error("moments are shown, or gone")
	}
	joined, err := snorm.Parse(c.Moments)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, e, joined, identify(asked))
	limit := 0.4
	for i, a := range identify(&recognize.IdentifyOptions{K: 5, Target: recognize.Target{Threshold: &limit}}) {
		if a.Normalised() || len(a.Nearest) > 0 && a.Nearest[0].Normalised != nil {
			t.Fatalf("%d: a threshold of cosines was compared with a normalised score", i)
		}
	}
	verify(t, r, joined, probes, c)

	again, err := r.Calibrate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	unjudged(t, r, with, again)
	if st, err := curate.StatsOf(ctx, e); err != nil || st.Calibration == nil || st.Calibration.Cohort != 20 {
		t.Errorf("stats: %+v, %v", st, err)
	}
	copied(t, r, probes, identify(asked))
	people, err := recognize.Persons(ctx, e, filepath.Base(filepath.Dir(probes[3])))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Remove(ctx, people...); err != nil {
		t.Fatal(err)
	}
	kept, err := r.Calibration(ctx)
	if err != nil || kept.Cohort == nil || kept.Cohort.Own != 19 || kept.Cohort.Says != "for a test" {
		t.Fatalf("after a removal: %+v, %v", kept, err)
	}
	if rep, err := sqlite.Check(ctx, r.Options().Gallery); err != nil || !rep.OK() {
		t.Errorf("check: %+v, %v", rep, err)
	}
	// Twenty people are no cohort: it is refused, and nothing changes.
	_, err = normalise.Calibrate(ctx, r, embed.Files(probes[20:]...), recognize.CalibrateOptions{})
	if !errors.Is(err, normalise.ErrRefused) || !strings.Contains(err.Error(), "300 are needed") {
		t.Errorf("a small cohort: %v", err)
	}
	if again, err := r.Calibration(ctx); err != nil || !reflect.DeepEqual(again, kept) {
		t.Errorf("a refusal changed the calibration: %v", err)
	}
	if _, err := r.Calibrate(ctx, &recognize.CalibrateOptions{NoCohort: true}); err != nil {
		t.Fatal(err)
	}
	for i, a := range identify(asked) {
		was := plain[i]
		gone := func(m gallery.Match) bool { return m.PersonID == people[0].ID }
		if a.Normalised() || !reflect.DeepEqual(first(a.Nearest, 3, gone), first(was.Nearest, 3, gone)) {
			t.Fatalf("%d: %+v, before the cohort %+v", i, a.Nearest, was.Nearest)
		}
	}
}

// unjudged: a calibration made anew without the strangers' photos says that the cohort was not judged by it.
func unjudged(t *testing.T, r *recognize.Recognizer, was, is *gallery.Calibration) {
	t.Helper()
	if !was.Cohort.Judged.Equal(was.Made) || was.Cohort.JudgedOn != 20 || is.Cohort.Verdict != was.Cohort.Verdict {
		t.Errorf("judged %+v, then %+v", was.Cohort.Verdict, is.Cohort.Verdict)
	}
	later, older := *is, *is
	later.Made = later.Made.Add(time.Hour)
	none := *is.Cohort
	none.Judged, older.Cohort = time.Time{}, &none
	for want, c := range map[string]*gallery.Calibration{"": was, "with 20 people enrolled, and not since": &later,
		"was not judged by this calibration": &older} {
		var b strings.Builder
		if err := measure.WriteCalibration(t.Context(), r, &b, c); err != nil {
			t.Fatal(err)
		}
		if s := b.String(); !strings.Contains(s, want) || want == "" && strings.Contains(s, "judge") {
			t.Errorf("want %q in:\n%s", want, s)
		}
	}
}

// copied: a copy answers as the original does, by its cohort; one that was calibrated before keeps what it has, and
// says so.
func copied(t *testing.T, r *recognize.Recognizer, probes []string, want []recognize.Answer) {
	t.Helper()
	ctx, to := t.Context(), filepath.Join(t.TempDir(), "copy.db")
	done, err := r.Copy(ctx, r.Options().Gallery, to, nil)
	if err != nil || done.Cohort != 20 || done.Left != "" || done.Created != 20 {
		t.Fatalf("%+v, %v", done, err)
	}
	c, err := recognize.Open(ctx, &recognize.Options{Gallery: to, Models: r.Options().Models})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	i := 0
	for a, err := range c.IdentifyWith(ctx, embed.Files(probes...), &recognize.IdentifyOptions{K: 5}) {
		if err != nil {
			t.Fatal(err)
		}
		if !a.Normalised() || a.Threshold != want[i].Threshold || !reflect.DeepEqual(a.Nearest, want[i].Nearest) {
			t.Fatalf("%d: %v at %v, the original's %v at %v", i, a.Nearest, a.Threshold, want[i].Nearest,
				want[i].Threshold)
		}
		i++
	}
	was, err := c.Calibration(ctx)
	if err != nil || was.Cohort.Says != "for a test" || was.Cohort.JudgedOn != 20 {
		t.Errorf("%+v, %v", was, err)
	}
	if _, err := c.Calibrate(ctx, &recognize.CalibrateOptions{NoCohort: true}); err != nil {
		t.Fatal(err)
	}
	done, err = r.Copy(ctx, r.Options().Gallery, to, nil)
	if err != nil || done.Cohort != 0 || !strings.Contains(done.Left, "a calibration of its own") {
		t.Errorf("once more: %+v, %v", done, err)
	}
}

func first(m []gallery.Match, k int, not func(gallery.Match) bool) []gallery.Match {
	m = slices.DeleteFunc(slices.Clone(m), not)
	return m[:min(k, len(m))]
}

// checkAnswers compares answers with scores made one by one.
func checkAnswers(t *testing.T, e gallery.Engine, n *snorm.Norm, answers []recognize.Answer) {
	t.Helper()
	named, lower := 0, 0
	for i, a := range answers {
		if !a.Normalised() || len(a.Nearest) != 5 {
			t.Fatalf("%d: %+v", i, a)
		}
		for _, m := range a.Nearest {
			var own [][]float32
			for x, err := range e.Templates(context.Background(), m.PersonID) {
				if err != nil {
					t.Fatal(err)
				}
				own = append(own, x.Embedding)
			}
			if m.Normalised == nil || m.Score > 0 && *m.Normalised > m.Score+1e-6 {
				t.Fatalf("%d: %+v", i, m)
			}
			// templates of two photos have weights, by which their mean differs a little
			want := n.Together(a.Face.Embedding, own)
			if d := math.Abs(float64(*m.Normalised) - want); len(own) == 1 && d > 1e-5 || d > 0.02 {
				t.Fatalf("%d: %v, want %v", i, *m.Normalised, want)
			}
			if *m.Normalised < m.Score-0.001 {
				lower++
			}
		}
		if a.Person != nil {
			named++
			if a.Score != float64(*a.Person.Normalised) || a.Score < a.Threshold {
				t.Errorf("%d: named with %v, threshold %v", i, a.Score, a.Threshold)
			}
		}
		if math.IsNaN(a.FPIR) {
			t.Errorf("%d: no FPIR", i)
		}
	}
	if named < 15 || lower == 0 {
		t.Errorf("%d named, %d scores lowered", named, lower)
	}
}

func verify(t *testing.T, r *recognize.Recognizer, n *snorm.Norm, probes []string, c *gallery.CalibratedCohort) {
	t.Helper()
	f := slices.Collect(embed.Files(probes[0], probes[1]))
	v, err := r.Verify(t.Context(), f[0], f[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	want := n.Pair(v.A.Embedding, v.B.Embedding)
	if v.Normalised == nil || math.Abs(*v.Normalised-want) > 1e-6 || !v.Point.Normalised() || v.Same ||
		v.Threshold < c.FAR[0].Threshold {
		t.Errorf("%+v, want %v", v, want)
	}
}
