package finetune_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
	"faceid/finetune/report"
)

func runData(t testing.TB) (*finetune.Dataset, []byte) {
	const dim, in = 12, 24
	model, _ := testModel(dim, in)
	d, _ := synthetic.World{People: 200, T: in, D: dim, Photos: func(p int) int {
		return 1 + p%6
	}, Kinds: []string{"lowres"}, Seed: 50}.Make(t)
	return d, model
}

func TestRun(t *testing.T) {
	d, model := runData(t)
	d.Photos[0] = `<script>alert("x")</script>.jpg`
	out := filepath.Join(t.TempDir(), "out")
	note := "1 photo without a face was left out: <b>.jpg"
	r, err := finetune.Run(context.Background(), d, model, small(),
		&finetune.RunOptions{Out: out, Model: "test <i>", Notes: []string{note}, Page: report.Write})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Better || !r.Written || r.Forced || len(r.Reasons) == 0 || r.Gate == nil || len(r.HeadTests) == 0 {
		t.Fatalf("better %v, written %v, forced %v, reasons %q", r.Better, r.Written, r.Forced, r.Reasons)
	}
	if !slices.Contains(r.Warnings, note) || !strings.Contains(strings.Join(r.Warnings, "\n"), "one photo only") {
		t.Errorf("warnings %q", r.Warnings)
	}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if st, err := e.Info(); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", e.Name(), st.Mode(), err)
		}
	}
	want := slices.Sorted(slices.Values(r.Files))
	if !slices.Equal(names, want) || len(names) != 5 {
		t.Errorf("files %q, the report names %q", names, want)
	}
	h, err := finetune.LoadHead(filepath.Join(out, finetune.HeadFile))
	if err != nil || h.Model != r.TunedSHA256 || len(h.Model) != 64 {
		t.Errorf("head of model %q, tuned is %q: %v", h.Model, r.TunedSHA256, err)
	}
	js, err := os.ReadFile(filepath.Join(out, finetune.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	var back finetune.Report
	if err := json.Unmarshal(js, &back); err != nil {
		t.Fatal(err)
	}
	asWritten := func(g *gate.Gate) string {
		js, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		return string(js)
	}
	if !math.IsNaN(back.History[0].Loss) || asWritten(back.Gate) != asWritten(r.Gate) ||
		!reflect.DeepEqual(back.HeadTests, r.HeadTests) || back.SHA256 != r.SHA256 {
		t.Error("report.json does not hold what Run returned")
	}
	page, err := os.ReadFile(filepath.Join(out, finetune.PageFile))
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, page)
	if !bytes.Contains(page, []byte("The tuned model is better")) {
		t.Error("the page does not open with the verdict")
	}

	// The same again gives the same files but for times.
	out2 := filepath.Join(t.TempDir(), "out")
	r2, err := finetune.Run(context.Background(), d, model, small(), &finetune.RunOptions{Out: out2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(out2, finetune.PageFile)); !errors.Is(err, os.ErrNotExist) ||
		slices.Contains(r2.Files, finetune.PageFile) {
		t.Errorf("a page that nobody asked for: %v, files %q", err, r2.Files)
	}
	if r2.TunedSHA256 != r.TunedSHA256 || !reflect.DeepEqual(r2.Gate, r.Gate) {
		t.Error("a second run gave another model or another measurement")
	}
}

// checkPage wants a page that stands alone: no script, nothing fetched, names escaped, drawings well-formed.
func checkPage(t *testing.T, page []byte) {
	t.Helper()
	for _, bad := range []string{"<script", "http:", "https:", "src=", "@import", "url(", "NaN", "Inf", "ZgotmplZ"} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("the page holds %q", bad)
		}
	}
	svgs := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAll(page, -1)
	if len(svgs) < 8 {
		t.Errorf("%d drawings", len(svgs))
	}
	for i, s := range svgs {
		dec := xml.NewDecoder(bytes.NewReader(s))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("drawing %d: %v", i, err)
			}
		}
	}
}

// TestRunRepeats: the settings that a run writes are those that it came to, and make the same model and the same
// settings again.
func TestRunRepeats(t *testing.T) {
	d, model := runData(t)
	cfg := small()
	var files [2][3][]byte
	for k := range files {
		out := t.TempDir()
		if _, err := finetune.Run(context.Background(), d, model, cfg, &finetune.RunOptions{Out: out}); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{finetune.ConfigFile, finetune.TunedFile, finetune.HeadFile} {
			var err error
			if files[k][i], err = os.ReadFile(filepath.Join(out, name)); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if cfg, err = finetune.ReadConfig(files[k][0]); err != nil {
			t.Fatal(err)
		}
		if cfg.Folds < 3 || cfg.Subcenters != 1 || cfg.CenterRule != "wen" {
			t.Errorf("folds %d, sub-centers %d, rule %q", cfg.Folds, cfg.Subcenters, cfg.CenterRule)
		}
	}
	for i := range files[0] {
		if !bytes.Equal(files[0][i], files[1][i]) {
			t.Errorf("file %d is another the second time", i)
		}
	}
}

// TestRunRefuses trains with a rate of nothing but noise: the gate must not let it through.
func TestRunRefuses(t *testing.T) {
	d, model := runData(t)
	for i := range d.X { // nothing to learn: every view is noise of its own
		d.X[i] = float32(math.Sin(float64(i) * float64(i%977+1)))
	}
	out := t.TempDir()
	c := small()
	r, err := finetune.Run(context.Background(), d, model, c, &finetune.RunOptions{Out: out, Page: report.Write})
	if err != nil {
		t.Fatal(err)
	}
	if r.Better || r.Written || r.TunedSHA256 != "" {
		t.Fatalf("accepted: %q", r.Reasons)
	}
	if _, err := os.Stat(filepath.Join(out, finetune.TunedFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused model was written: %v", err)
	}
	page, err := os.ReadFile(filepath.Join(out, finetune.PageFile))
	if err != nil || !bytes.Contains(page, []byte("The tuned model is not better")) {
		t.Errorf("the page: %v", err)
	}
	refused := r.Reasons
	c.Force = true
	r, err = finetune.Run(context.Background(), d, model, c, &finetune.RunOptions{Out: out})
	if err != nil || r.Better || !r.Written || !r.Forced {
		t.Fatalf("forced: better %v, written %v, %v", r.Better, r.Written, err)
	}
	// The figures are of the layer that was written, not of the untuned one that the folds preferred.
	for _, a := range r.Attempts {
		if a.Way == r.Way && a.Epoch == r.Best && math.Abs(a.Target-r.Gate.Decision.Change.After.Value) > 1e-3 {
			t.Errorf("the written layer reaches %v, the report says %v", a.Target, r.Gate.Decision.Change.After)
		}
	}
	// The reasons are those of the verdict on what the folds chose, and say so; the last says whose the others are.
	n := len(r.Reasons) - 1
	if r.Gate.Decision.Better || !slices.Equal(r.Reasons[1:n], refused) ||
		!strings.Contains(r.Reasons[0], "layers that the folds chose") ||
		!strings.Contains(r.Reasons[n], "all other figures of this report are of what was written") {
		t.Errorf("the verdict on what was forced: %+v, %q, unforced %q", r.Gate.Decision, r.Reasons, refused)
	}
	c.Force = false
	r, err = finetune.Run(context.Background(), d, model, c, &finetune.RunOptions{Out: out})
	if err != nil ||
		!strings.Contains(strings.Join(r.Warnings, " "), "tuned.onnx and head.safetensors of an earlier run") {
		t.Errorf("no word about the old model: %q, %v", r.Warnings, err)
	}
}

// TestRunTwoPeople has nobody to spare for the gate: nothing is proven, nothing is written, and the report says so.
func TestRunTwoPeople(t *testing.T) {
	_, model := runData(t)
	d, _ := synthetic.World{People: 2, T: 24, D: 12, Photos: synthetic.Each(3), Seed: 51}.Make(t)
	r, err := finetune.Run(context.Background(), d, model, small(), &finetune.RunOptions{Out: t.TempDir()})
	if err != nil || r.Better || r.Written || r.Gate != nil || len(r.Reasons) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRunResumes(t *testing.T) {
	d, model := runData(t)
	whole, err := finetune.Run(context.Background(), d, model, small(), &finetune.RunOptions{Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	c := small()
	c.Resume = true
	c.Progress = func(p finetune.Progress) {
		if p.Step == p.Steps/2 {
			cancel()
		}
	}
	if _, err := finetune.Run(ctx, d, model, c, &finetune.RunOptions{Out: out}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(out, "checkpoint-fold*")); len(left) < 2 {
		t.Fatalf("an interrupted run left %q", left)
	}
	// Class weights that a process left when it was killed as it wrote do not outlive the next run.
	dead := exec.Command(os.Args[0], "-test.list=^$")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(out, fmt.Sprintf(".%s-%d-1", finetune.CheckpointFile, dead.Process.Pid))
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Progress = nil
	r, err := finetune.Run(context.Background(), d, model, c, &finetune.RunOptions{Out: out})
	if err != nil || r.TunedSHA256 != whole.TunedSHA256 || !reflect.DeepEqual(r.Gate, whole.Gate) {
		t.Errorf("tuned %s, undisturbed %s, or another verdict: %v", r.TunedSHA256, whole.TunedSHA256, err)
	}
	if left, _ := filepath.Glob(filepath.Join(out, "checkpoint*")); len(left) > 0 {
		t.Errorf("checkpoints are left: %q", left)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed run left is still there: %v", err)
	}
}

func TestRunErrors(t *testing.T) {
	d, model := runData(t)
	if _, err := finetune.Run(context.Background(), d, model, nil, nil); !errors.Is(err, finetune.ErrConfig) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := finetune.Run(context.Background(), d, []byte("junk"), nil,
		&finetune.RunOptions{Out: t.TempDir()}); err == nil {
		t.Error("junk was taken for a model")
	}
	other, _ := testModel(12, 25)
	if _, err := finetune.Run(context.Background(), d, other, nil,
		&finetune.RunOptions{Out: t.TempDir()}); !errors.Is(err, finetune.ErrData) {
		t.Errorf("another trunk length: %v", err)
	}
}

// TestGateRefusesWorse puts noise on a good layer.
func TestGateRefusesWorse(t *testing.T) {
	d, l := synthetic.World{People: 80, T: 24, D: 16, Photos: synthetic.Each(4),
		Kinds: []string{"noisy"}, Seed: 60}.Make(t)
	tuned := train(t, d, l, small()).Layer
	if g, err := gate.Measure(d.Select(func(i int) bool {
		return d.Person[i] < 4
	}), l, tuned, nil); err != nil || g.Judges != 4 || g.Decision.Better {
		t.Errorf("four people have proven something: %+v, %v", g.Decision, err)
	}
	fresh, _ := synthetic.World{People: 80, T: 24, D: 16, Photos: synthetic.Each(4),
		Kinds: []string{"noisy"}, Seed: 60}.Make(t)
	if g, err := gate.Measure(fresh, l, tuned, nil); err != nil || !g.Decision.Better {
		t.Errorf("a better layer: %+v, %v", g.Decision, err)
	}
	for name, layers := range map[string][2]finetune.Layer{"worse": {tuned, l}, "the same": {l, l.Clone()}} {
		if g, err := gate.Measure(fresh, layers[0], layers[1], nil); err != nil || g.Decision.Better ||
			len(g.Decision.Reasons) == 0 {
			t.Errorf("%s: %+v, %v", name, g.Decision, err)
		}
	}
}
