package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/finetune/report"
	"faceid/internal/golden"
)

// full is a report with all that a page may show.
func full(t *testing.T) *finetune.Report {
	t.Helper()
	r := &finetune.Report{}
	if err := json.Unmarshal(golden.Read(t, "formats", "report-1.json"), r); err != nil {
		t.Fatal(err)
	}
	for _, far := range []float64{1e-2, 1e-3, 1e-4, 1e-5} {
		rate := gate.Interval{Value: 3.1 * far, Low: far, High: 7.4 * far}
		r.Thresholds = append(r.Thresholds, finetune.Threshold{FAR: far, Before: 0.3404, After: 0.4258, Base: rate,
			Kept: rate, Tuned: rate, How: "771 people kept out of its training, calibrated by 296712 of their pairs"})
	}
	r.Attempts = []finetune.Attempt{{Way: finetune.WayNone, Target: 0.345, Clean: 0.993},
		{Way: finetune.WayHead, Epoch: 8, Target: 0.598, Clean: 0.992}}
	r.Warnings = append(r.Warnings, "near copies: "+strings.Repeat("a/very/long/name/of/a/photo", 8))
	r.HeadTests = []finetune.HeadTest{{Kind: "lowres", Probes: 120, Strangers: 400, Methods: []finetune.Method{
		{Name: "head: people by cosine, strangers by distance to the centre", Rank1: 0.93, FNIR: 0.41}}}}
	return r
}

// TestBrowser: on a phone and on a desk nothing of the page is wider than the screen, so nothing is scrolled sideways
// or cut off. The page stands in frames of these widths, which say what sticks out.
func TestBrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on this machine")
	}
	var page bytes.Buffer
	if err := report.Write(&page, full(t)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var frames strings.Builder
	for _, width := range []int{320, 375, 1280} {
		fmt.Fprintf(&frames, "<iframe width=%d height=800 style='border:0' srcdoc=\"%s\"></iframe>\n", width,
			html.EscapeString(page.String()))
	}
	frame := filepath.Join(dir, "frames.html")
	if err := os.WriteFile(frame, []byte("<!doctype html><title>not yet</title>\n"+frames.String()+`<script>
addEventListener('load', () => {
  const out = []
  for (const f of document.querySelectorAll('iframe')) {
    const root = f.contentDocument.documentElement
    for (const e of [root, ...root.querySelectorAll('*')])
      if (e === root || getComputedStyle(e).overflowX === 'auto')
        out.push(f.width + (e.scrollWidth > e.clientWidth + 1 ? ' WIDE ' + e.textContent.trim().slice(0, 60) : ''))
  }
  document.title = 'looked: ' + out.join('; ')
})
</script>`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-dev-shm-usage",
		"--disable-gpu", "--user-data-dir="+filepath.Join(dir, "user"), "--virtual-time-budget=5000", "--dump-dom",
		"file://"+frame)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	_, title, _ := strings.Cut(string(out), "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	title, ok := strings.CutPrefix(title, "looked: ")
	looked := strings.Split(title, "; ")
	if !ok || len(looked) < 3*5 {
		t.Fatalf("nothing was looked at: %.200q", title)
	}
	for _, l := range looked {
		if strings.Contains(l, "WIDE") {
			t.Errorf("at %s", l)
		}
	}
}
