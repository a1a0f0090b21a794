package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/finetune/report"
	"faceid/internal/plain"
)

// made is a report with everything that Run can put into one; its names try to break out of the page.
func made() *finetune.Report {
	change := func(before, after, low, high float64) gate.Change {
		return gate.Change{
			Before: gate.Interval{Value: before, Low: before - 0.05, High: before + 0.05},
			After:  gate.Interval{Value: after, Low: after - 0.05, High: after + 0.05},
			Diff:   gate.Interval{Value: after - before, Low: low, High: high},
		}
	}
	bars := make([]float64, 50)
	bars[20], bars[40] = 0.6, 0.4
	roc := []gate.Point{{FAR: 1e-3, TAR: 0.5}, {FAR: 0.1, TAR: 0.8}, {FAR: 1, TAR: 1}}
	domain := func(kind string) gate.Domain {
		return gate.Domain{
			Kind: kind, Photos: 30, Genuine: 60, Impostor: 2000,
			MeanTAR: change(0.5, 0.7, 0.1, 0.3), TAR1e2: change(0.5, 0.7, 0.1, 0.3),
			TAR1e3: change(0.4, 0.41, -0.1, 0.12),
			Rank1:  change(0.9, 0.8, -0.2, -0.05),
			EER:    change(0.1, 0.05, -0.07, -0.03), ROCBefore: roc, ROCAfter: roc,
			Scores: gate.Histograms{GenuineBefore: bars, ImpostorBefore: bars, GenuineAfter: bars,
				ImpostorAfter: bars},
			Misses: []gate.Pair{{A: `<script>alert("x")</script>.jpg`, B: "b\x1b[2J\u202e\u009b.jpg",
				Before: 0.2, After: 0.1}},
		}
	}
	return &finetune.Report{
		Version: 1, Model: "test <i>", Config: finetune.Defaults(""), Warnings: []string{"a <b>"}, Best: 2,
		History: []finetune.Epoch{{Epoch: 0, Loss: math.NaN(), Val: 0.5}, {Epoch: 1, Loss: 3, Val: 0.6},
			{Epoch: 2, Loss: 2, Val: 0.7}},
		Better: true, Written: true, Reasons: []string{"why"}, Files: []string{"tuned.onnx"},
		Gate: &finetune.Gate{People: 40, Domains: []gate.Domain{domain(finetune.KindClean), domain("lowres")}},
	}
}

func page(t *testing.T, r *finetune.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrite wants a page that stands alone: no script, nothing fetched, names escaped, drawings well-formed.
func TestWrite(t *testing.T) {
	p := page(t, made())
	for _, bad := range []string{"<script", "http:", "https:", "src=", "@import", "url(", "NaN", "Inf", "ZgotmplZ",
		"<i>", "a <b>"} {
		if strings.Contains(p, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"&lt;script&gt;", "test &lt;i&gt;", "good photos", "low-resolution photos",
		"&#43;20.0", "−10.0", "50.0 %", "epoch 2"} {
		if !strings.Contains(p, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if i := strings.IndexFunc(p, func(r rune) bool { return r != '\n' && r != '\t' && plain.Hidden(r) }); i >= 0 {
		t.Errorf("the page holds %q", p[i:i+4])
	}
	svgs := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(p, -1)
	if len(svgs) != 8 { // loss, validation figure; of each domain a ROC and the scores before and after
		t.Errorf("%d drawings", len(svgs))
	}
	for i, s := range svgs {
		dec := xml.NewDecoder(strings.NewReader(s))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("drawing %d: %v", i, err)
			}
		}
	}
	// A row says better or worse where the interval excludes 0, by the figure's own direction.
	for _, row := range []string{
		`(?s)class="good"><td>Mean TAR.*?<td data-of="Verdict">better</td>`,
		`(?s)class="good"><td>TAR at FAR 1e-2.*?<td data-of="Verdict">better</td>`,
		`(?s)class=""><td>TAR at FAR 1e-3.*?<td data-of="Verdict">no clear difference</td>`,
		`(?s)class="bad"><td>Rank-1.*?<td data-of="Verdict">worse</td>`,
		`(?s)class="good"><td>EER.*?<td data-of="Verdict">better</td>`,
	} {
		if !regexp.MustCompile(row).MatchString(p) {
			t.Errorf("no row %s", row)
		}
	}
}

// TestVerdict: the first sentence says what the gate found, and what became of the model.
func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*finetune.Report)
		want, not string
	}{
		"better": {func(*finetune.Report) {}, "The tuned model is better: ", "not written"},
		"worse": {func(r *finetune.Report) {
			r.Better, r.Written = false, false
		}, "The tuned model is not better: ", "is better"},
		"unsaved": {func(r *finetune.Report) {
			r.Better, r.Written = false, false
		}, " The model was not written.", "because you asked"},
		"forced": {func(r *finetune.Report) {
			r.Better, r.Forced = false, true
		}, "because you asked for it", "was not written"},
		// the reasons have another layer's figures
		"forced layer": {func(r *finetune.Report) {
			r.Better, r.Forced = false, true
		}, "These figures are of the layer that was written; the verdict rests on those below", "was not written"},
		"layer": {func(r *finetune.Report) {
			r.Better, r.Written = false, false
		}, "Measured on", "These figures are of the layer"},
		"no gate": {func(r *finetune.Report) {
			r.Gate, r.Better, r.Written = nil, false, false
		}, "Nobody knows whether the tuned model is better", "Measured on"},
		// not the clean ones, where there are others
		"target": {func(*finetune.Report) {}, "for low-resolution photos", "for good photos"},
		"clean": {func(r *finetune.Report) {
			r.Gate.Domains = r.Gate.Domains[:1]
		}, "for good photos", "low-resolution"},
		"measure": {func(*finetune.Report) {}, "Measured on 40 people", "not written"},
	} {
		r := made()
		c.change(r)
		first := regexp.MustCompile(`(?s)<p class="verdict.*?</p>`).FindString(page(t, r))
		if !strings.Contains(first, c.want) || strings.Contains(first, c.not) {
			t.Errorf("%s: %s", name, first)
		}
	}
}

// TestEmpty: a report of a run that measured nothing is a page all the same.
func TestEmpty(t *testing.T) {
	if p := page(t, &finetune.Report{}); !strings.Contains(p, "</html>") || strings.Contains(p, "<svg") {
		t.Errorf("%s", p)
	}
}

// TestPhotos: the worst pairs are shown where there are photos, and nothing is where one is gone.
func TestPhotos(t *testing.T) {
	r := made()
	d := &r.Gate.Domains[0]
	d.Misses = []gate.Pair{{A: "Ann/1.jpg", B: "Ann/gone.jpg"}}
	var b bytes.Buffer
	if err := report.WithPhotos(func(name string) []byte {
		if name == "Ann/1.jpg" {
			return []byte("\xff\xd8\xff")
		}
		return nil
	})(&b, r); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `<img src="data:image/jpeg;base64,/9j/" alt="">`); n != 1 {
		t.Errorf("%d pictures", n)
	}
	if strings.Count(b.String(), "<img") != 1 || !strings.Contains(b.String(), "names of photos and faces") {
		t.Error("another picture, or no word about them")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteFails(t *testing.T) {
	if err := report.Write(failing{}, made()); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

// TestDecidingFigure: the headline quotes the figure that decided, not the kind that looks best.
func TestDecidingFigure(t *testing.T) {
	r := made()
	r.Gate.Decision = gate.Decision{Figure: gate.DecidingFigure, Kinds: []string{"lowres", "mask"}}
	r.Gate.Decision.Change = gate.Change{
		Before: gate.Interval{Value: 0.822}, After: gate.Interval{Value: 0.831},
		Diff: gate.Interval{Value: 0.009, Low: -0.01, High: 0.028},
	}
	p := page(t, r)
	for _, want := range []string{
		"3 to 100 false matches",
		"83.1 %", "82.2 %", "low-resolution photos and “mask” photos", "between −1.0 and &#43;2.8",
	} {
		if !strings.Contains(p, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestLossParts: with a Center Loss its two parts are drawn apart.
func TestLossParts(t *testing.T) {
	r := made()
	if strings.Contains(page(t, r), "L_c, of the centres") {
		t.Error("a Center Loss that there was not is drawn")
	}
	for i := range r.History {
		r.History[i].Softmax, r.History[i].Center = 2, 0.3
	}
	for _, part := range []string{"L_c, of the centres", "L_s, of the softmax head"} {
		if !strings.Contains(page(t, r), part) {
			t.Errorf("%s is not drawn", part)
		}
	}
}

// TestFewer: what is better at equal FAR may find fewer at the thresholds in use; then the verdict says so.
func TestFewer(t *testing.T) {
	r := made()
	text := func() string {
		var b bytes.Buffer
		if err := report.WriteText(&b, r); err != nil {
			t.Fatal(err)
		}
		return b.String() + page(t, r)
	}
	r.Thresholds = []finetune.Threshold{{FAR: 1e-4, Found: []gate.Found{{Kind: "clean", Before: 0.98, After: 0.977},
		{Kind: "lowres", Before: 0.33, After: 0.34}}}}
	if strings.Contains(text(), "fewer right matches") {
		t.Error("found fewer, where it finds as many")
	}
	r.Thresholds[0].Found[1].After = 0.22
	const lost = "for FAR 0.0001 lowres 33.0 %"
	if s := text(); strings.Count(s, "fewer right matches") != 2 || strings.Count(s, lost) != 2 ||
		strings.Count(s, "a threshold that is counted out on these people alone") != 2 ||
		strings.Contains(s, "clean 98") {
		t.Errorf("no word about %q:\n%s", lost, s)
	}
}

// TestNotMeasured: no rate is printed that no pair was counted for.
func TestNotMeasured(t *testing.T) {
	r := made()
	r.Better = false
	for i := range r.Gate.Domains {
		r.Gate.Domains[i] = gate.Domain{Kind: r.Gate.Domains[i].Kind, Photos: 3, Genuine: 240}
	}
	var b bytes.Buffer
	if err := report.WriteText(&b, r); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); !strings.Contains(s, "lowres   not measured: 240 genuine and 0 impostor pairs") ||
		strings.Contains(s, "0.00 %") {
		t.Error(s)
	}
	if s := page(t, r); !strings.Contains(s, "Nobody knows") || strings.Contains(s, ">0.0 %") ||
		strings.Contains(s, "TAR at FAR 1e-2<") {
		t.Error(s)
	}
}
