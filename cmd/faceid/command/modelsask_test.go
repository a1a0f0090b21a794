package command

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"faceid/internal/golden"
	"faceid/models"
)

// What the flags and the graph leave open is asked for, and nothing else; a wrong answer is asked for again.
func TestAskEntry(t *testing.T) {
	var asked bytes.Buffer
	answers := "embedder\nRGB\nmuch\n127.5\n128\npermissive\n"
	a := &app{streams: streams{in: strings.NewReader(answers), err: &asked}}
	e := models.Entry{Name: "mine", Input: &models.Input{}, Output: &models.Output{}}
	graph, err := models.Inspect(filepath.Join(golden.Path(t, "onnx"), "embedder-gemm.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.askEntry(&e, graph); err != nil {
		t.Fatalf("%v\n%s", err, asked.String())
	}
	want := models.Input{Channels: "RGB", Mean: []float32{127.5}, Std: []float32{128}}
	if e.Role != models.RoleEmbedder || e.License.Class != "permissive" || e.Input.Channels != want.Channels ||
		e.Input.Mean[0] != want.Mean[0] || e.Input.Std[0] != want.Std[0] {
		t.Errorf("%+v, %+v", e, e.Input)
	}
	if s := asked.String(); strings.Count(s, ": ") != 6 || !strings.Contains(s, `"much" is not a number`) ||
		strings.Contains(s, "width") {
		t.Errorf("asked:\n%s", s)
	}
}
