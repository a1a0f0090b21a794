package report_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"faceid/finetune"
	"faceid/finetune/report"
	"faceid/internal/golden"
)

// TestGolden draws the page of a report.json of version 1.
func TestGolden(t *testing.T) {
	var r finetune.Report
	if err := json.Unmarshal(golden.Read(t, "formats", "report-1.json"), &r); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.Write(&b, &r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The tuned model is better", r.Model, "a note", "lowres"} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
