package models_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"regexp"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"faceid/internal/onnxgraph"
	"faceid/internal/ortest"
	"faceid/models"
)

var update = flag.Bool("update", false, "store the fingerprints that the models at hand answer in manifest.json")

// answer runs a model on its stored input.
func answer(t testing.TB, e models.Entry, onnx []byte) []models.Expected {
	t.Helper()
	g, err := onnxgraph.Parse(onnx)
	if err != nil {
		t.Fatal(err)
	}
	input, names := e.Input.Name, e.Output.Names
	if input == "" {
		input = g.Inputs()[0].Name
	}
	if len(names) == 0 {
		for _, o := range g.Outputs() {
			names = append(names, o.Name)
		}
	}
	shape := ort.NewShape(1, int64(len(e.Input.Mean)), int64(e.Input.Height), int64(e.Input.Width))
	x, err := ort.NewTensor(shape, e.SelfTest.Tensor(int(shape.FlattenedSize())))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Destroy()
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(onnx, []string{input}, names, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Destroy()
	outs := make([]ort.Value, len(names))
	if err := session.Run([]ort.Value{x}, outs); err != nil {
		t.Fatal(err)
	}
	var want []models.Expected
	for i, o := range outs {
		v := o.(*ort.Tensor[float32]).GetData()
		f := models.Fingerprint(names[i], v)
		if err := f.Check(v); err != nil {
			t.Error(err)
		}
		want = append(want, f)
		for j := range e.SelfTest.Want {
			if w := e.SelfTest.Want[j]; w.Output == names[i] {
				if err := w.Check(v); err != nil && !*update {
					t.Error(err)
				}
			}
		}
		o.Destroy()
	}
	return want
}

// TestSelfTest runs the stored self-tests of the models at hand, or makes them anew with -update.
func TestSelfTest(t *testing.T) {
	s := ortest.Store(t)
	ortest.Start(t)
	m := models.Catalogue()
	changed := false
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.SelfTest == nil {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			_, onnx, err := s.Load(t.Context(), e.Name)
			if errors.Is(err, models.ErrMissing) {
				t.Skip("the model is neither in the cache nor in FACEID_MODELS: faceid models pull fetches it")
			}
			if err != nil {
				t.Fatal(err)
			}
			want := answer(t, *e, onnx)
			if *update {
				e.SelfTest.Want, changed = want, true
			} else if len(e.SelfTest.Want) != len(want) {
				t.Errorf("%d outputs are stored, the model has %d", len(e.SelfTest.Want), len(want))
			}
		})
	}
	if *update && changed && !t.Failed() {
		if err := os.WriteFile("manifest.json", encode(t, m), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// encode writes a manifest as it is stored: indented, lists of numbers on one line.
func encode(t *testing.T, m *models.Manifest) []byte {
	t.Helper()
	var b bytes.Buffer
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false)
	j.SetIndent("", "  ")
	if err := j.Encode(m); err != nil {
		t.Fatal(err)
	}
	space := regexp.MustCompile(`\s+`)
	return regexp.MustCompile(`\[[-+0-9.eE,\s]*\]`).ReplaceAllFunc(b.Bytes(), func(l []byte) []byte {
		l = space.ReplaceAll(l, []byte(" "))
		l = bytes.ReplaceAll(l, []byte("[ "), []byte("["))
		return bytes.ReplaceAll(l, []byte(" ]"), []byte("]"))
	})
}

func TestManifestFormat(t *testing.T) {
	b, err := os.ReadFile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, encode(t, models.Catalogue())) {
		t.Error("manifest.json is not as -update writes it: go test ./models -run TestSelfTest -update")
	}
}

func TestExpectedCheck(t *testing.T) {
	v := make([]float32, 100)
	for i := range v {
		v[i] = float32(math.Sin(float64(i)))
	}
	w := models.Fingerprint("out", v)
	if err := w.Check(v); err != nil {
		t.Error(err)
	}
	scaled := make([]float32, 100)
	for _, factor := range []float32{1.00001, 0.99999, 1.001} {
		for i := range v {
			scaled[i] = v[i] * factor
		}
		if err := w.Check(scaled); err != nil {
			t.Errorf("×%g: %v", factor, err)
		}
	}
	bad := func(name string, change func(v []float32) []float32) {
		if err := w.Check(change(append([]float32(nil), v...))); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	bad("a shorter output", func(v []float32) []float32 { return v[1:] })
	bad("no output", func([]float32) []float32 { return nil })
	bad("NaN in front", func(v []float32) []float32 { v[0] = float32(math.NaN()); return v })
	bad("NaN behind", func(v []float32) []float32 { v[99] = float32(math.NaN()); return v })
	bad("an infinity", func(v []float32) []float32 { v[99] = float32(math.Inf(1)); return v })
	bad("one wrong value", func(v []float32) []float32 { v[3] += 0.05; return v })
	bad("five percent more", func(v []float32) []float32 {
		for i := range v {
			v[i] *= 1.05
		}
		return v
	})
	bad("zeros", func(v []float32) []float32 { return make([]float32, len(v)) })
}

func TestTensor(t *testing.T) {
	st := &models.SelfTest{Lo: -1, Hi: 1}
	x := st.Tensor(1000)
	for i, want := range []float32{-1, 0.23606797, -0.52786404} {
		if math.Abs(float64(x[i]-want)) > 1e-7 {
			t.Errorf("value %d is %g, not %g", i, x[i], want)
		}
	}
	for i, v := range x {
		if v < -1 || v > 1 {
			t.Errorf("value %d is %g", i, v)
		}
	}
}
