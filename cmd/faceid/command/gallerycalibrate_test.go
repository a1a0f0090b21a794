package command

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/models"
)

func TestGalleryCalibrateFlags(t *testing.T) {
	testFlags(t, newGalleryCalibrate, []flagCase[galleryCalibrateOptions]{
		{args: "", want: &galleryCalibrateOptions{}},
		{args: "--show", want: &galleryCalibrateOptions{show: true}},
		{args: "--strangers a,b --strangers c", want: &galleryCalibrateOptions{strangers: []string{"a,b", "c"}}},
		{args: "--cohort a --cohort b", want: &galleryCalibrateOptions{cohort: []string{"a", "b"}}},
		{args: "--no-cohort", want: &galleryCalibrateOptions{noCohort: true}},
		{args: "--cohort a --no-cohort", bad: "none of the others can be"},
		{args: "--strangers a --show", bad: "none of the others can be"},
		{args: "photo.jpg", bad: "unknown command"},
	})
}

// madeUp fills a gallery of the default model with people whose embeddings are random.
func madeUp(t *testing.T, path string, people int) {
	t.Helper()
	store, err := models.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := store.Entry(store.Packs()[0].Embedder)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(path, &sqlite.Options{Create: true,
		Model: &gallery.Model{Name: m.Name, SHA256: m.SHA256, Dim: m.Output.Dim, Views: "mirrored"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(1, 1))
	var all []gallery.Enrolment
	for i := range people {
		v := make([]float32, m.Output.Dim)
		for j := range v {
			v[j] = float32(rng.NormFloat64())
			if j > 100 { // as spread as faces are
				v[j] /= 4
			}
		}
		all = append(all, gallery.Enrolment{Name: "P" + string(rune('A'+i)),
			Templates: []gallery.Template{{Embedding: v}}})
	}
	all = append(all, gallery.Enrolment{Name: "again", Templates: all[0].Templates})
	if _, err := s.Enrol(t.Context(), all, nil); err != nil {
		t.Fatal(err)
	}
}

// TestGalleryCalibrate: exit codes and words, with too few people and with enough.
func TestGalleryCalibrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	call := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"--gallery", path}, args...), streams{in: strings.NewReader(""),
			out: &out, err: &errs})
		return code, out.String(), errs.String()
	}
	if code, _, errs := call("gallery", "calibrate"); code != exitError || errs == "" {
		t.Errorf("no gallery: %d, %q", code, errs)
	}
	madeUp(t, path, 8)
	code, _, errs := call("gallery", "calibrate")
	if code != exitError || !strings.Contains(errs, "9 people, 10 are needed") || !strings.Contains(errs, "LFW") {
		t.Errorf("nine people: %d, %q", code, errs)
	}
	path = filepath.Join(t.TempDir(), "g.db")
	madeUp(t, path, 24)
	if code, _, errs := call("gallery", "calibrate", "--show"); code != exitError ||
		!strings.Contains(errs, "not calibrated") {
		t.Errorf("not calibrated: %d, %q", code, errs)
	}
	code, out, errs := call("gallery", "calibrate")
	if code != exitMatch || !strings.Contains(out, "on 25 people, 299 pairs") ||
		!strings.Contains(out, "\n1 in 10,000 ") ||
		!strings.Contains(out, "#1 PA and #25 again, score 1.000") ||
		!strings.Contains(out, "strangers taken for somebody among 25 people") {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	if code, again, _ := call("gallery", "calibrate", "--show"); code != exitMatch || again != out {
		t.Errorf("shown %d\n%s", code, again)
	}
	if code, out, _ := call("gallery", "calibrate", "--json"); code != exitMatch ||
		!strings.Contains(out, `"far":[{"rate":0.`) {
		t.Errorf("JSON: %d, %s", code, out)
	}
	// A removal calibrates anew by itself.
	if code, _, errs := call("gallery", "remove", "--yes", "again"); code != exitMatch {
		t.Fatal(errs)
	}
	if _, out, _ := call("gallery", "calibrate", "--show"); !strings.Contains(out, "on 24 people, 276 pairs") ||
		strings.Contains(out, "left out") {
		t.Errorf("after a removal:\n%s", out)
	}
}

// TestGalleryCalibrateStrangers: a photo that cannot be read is named and the exit code says so, what else is left out
// is counted, and where strangers are too few more of them are asked for.
func TestGalleryCalibrateStrangers(t *testing.T) {
	photos := testPeople(t)
	path := filepath.Join(t.TempDir(), "g.db")
	madeUp(t, path, 24)
	call := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"--gallery", path}, args...), streams{in: strings.NewReader(""),
			out: &out, err: &errs})
		return code, out.String(), errs.String()
	}
	says := func(what, text string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", what, want, text)
			}
		}
	}
	one := filepath.Join(photos, "people", "P000", "a.jpg")
	code, out, errs := call("identify", "--fpir", "0.1", one)
	if code != exitError {
		t.Errorf("not calibrated: %d\n%s", code, out)
	}
	says("not calibrated", errs,
		"calibration is missing, or of another model\n  faceid gallery calibrate --gallery "+path+"\n")
	code, out, errs = call("gallery", "calibrate", "--strangers", one, "--strangers", one)
	if code != exitError {
		t.Errorf("one stranger: %d\n%s", code, out)
	}
	says("one stranger", errs, "1 stranger was searched for, 6 are needed",
		"give photos of more people who are not enrolled: faceid gallery calibrate --gallery "+
			path+" --strangers FOLDER\n",
		"1 the same as another, or nearly so")
	code, out, errs = call("gallery", "calibrate", "--strangers", filepath.Join(photos, "none.jpg"))
	if code != exitError || strings.Count(errs, "faceid: ") != 1 {
		t.Errorf("none that is there: %d\n%s%s", code, out, errs)
	}
	says("none that is there", errs, "none.jpg: no such file")
	bad := filepath.Join(photos, "notes.jpg")
	code, out, errs = call("gallery", "calibrate", "--strangers", filepath.Join(photos, "people"), "--strangers", bad,
		"--strangers", filepath.Join(photos, "noface.jpg"), "--strangers", one)
	if code != exitError {
		t.Errorf("one that is no photo: %d\n%s", code, out)
	}
	says("strangers", out, " strangers searched)")
	says("strangers", errs, "faceid: "+bad+": ", "strangers' photos left out: 1 without a face; ",
		" the same as another, or nearly so\n")
	if code, again, errs := call("gallery", "calibrate", "--show"); code != exitMatch || again != out {
		t.Errorf("shown %d\n%s%s", code, again, errs)
	}
	code, out, errs = call("identify", "--fpir", "0.001", one)
	if code != exitError {
		t.Errorf("too strict: %d\n%s", code, out)
	}
	says("too strict", errs, "an FPIR of 0.001: ", " strangers were searched for, 3000 are needed",
		"give photos of more people who are not enrolled: faceid gallery calibrate --gallery "+
			path+" --strangers FOLDER; ",
		"; or ask for a larger share, --fpir 0.1 or more\n")
}
