package models

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"faceid/internal/hint"
	"faceid/internal/onnxgraph"
	"faceid/internal/onnxgraph/onnxtest"
)

// tiny is an ONNX file with one input [1, c, h, w] and one output [1, dim]: a Flatten and a Gemm. Sizes below 1 are
// symbolic.
func tiny(c, h, w, dim int) []byte {
	size := c * h * w
	weights := make([]float32, dim*max(size, 0))
	for i := range weights {
		weights[i] = float32(i)
	}
	dims := []int64{1, int64(c), int64(h), int64(w)}
	for i, d := range dims {
		if d < 1 {
			dims[i] = -1
		}
	}
	g := &onnxtest.Graph{}
	g.In("data", dims...)
	g.Node("Flatten", []string{"data"}, []string{"flat"})
	g.Floats("W", onnxtest.Raw, weights, int64(size), int64(dim))
	g.Node("Gemm", []string{"flat", "W"}, []string{"out"})
	g.Out("out", 1, int64(dim))
	return g.Model()
}

// own is what a user knows of an embedder.
func own() Entry {
	return Entry{
		Role:    RoleEmbedder,
		Input:   &Input{Channels: "RGB", Mean: []float32{127.5, 127.5, 127.5}, Std: []float32{128, 128, 128}},
		License: License{Class: UnknownLicense},
	}
}

func TestInspect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "My Model v2.onnx")
	write(t, path, string(tiny(3, 4, 5, 6)))
	e, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Name: "data", Width: 5, Height: 4}
	if e.Name != "my-model-v2" || !reflect.DeepEqual(*e.Input, in) ||
		!reflect.DeepEqual(*e.Output, Output{Names: []string{"out"}, Dim: 6}) {
		t.Errorf("got %+v, %+v, %+v", e, *e.Input, *e.Output)
	}
	if u := e.Unknown(); !reflect.DeepEqual(u, []string{"role"}) {
		t.Errorf("unknown %q", u)
	}
	e.Role = RoleEmbedder
	if u := e.Unknown(); !reflect.DeepEqual(u, []string{"channels", "mean", "std", "license"}) {
		t.Errorf("unknown of an embedder %q", u)
	}
	e.Role = RoleDetector
	if u := e.Unknown(); !reflect.DeepEqual(u, []string{"decoder", "channels", "mean", "std", "fit", "score", "nms",
		"license"}) {
		t.Errorf("unknown of a detector %q", u)
	}
	write(t, path, string(tiny(1, 0, 0, 6)))
	if e, err = Inspect(path); err != nil || e.Input.Channels != "GRAY" || !e.Input.Dynamic {
		t.Errorf("grey of any size: %+v, %v", e.Input, err)
	}
	for name, b := range map[string][]byte{"two channels": tiny(2, 4, 4, 6), "channels last": tiny(112, 112, 3, 6),
		"no ONNX": []byte("PK\x03\x04"), "empty": nil} {
		write(t, path, string(b))
		if _, err := Inspect(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Inspect(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestAddCrafted: what no model can be ends in an error, and nothing of it stays in the cache.
func TestAddCrafted(t *testing.T) {
	dir := t.TempDir()
	cache := filepath.Join(dir, "cache")
	s, _ := testStore(t, Options{Dir: cache, Offline: true})
	graph := func(change func(*onnxtest.Graph)) []byte {
		g := &onnxtest.Graph{}
		g.In("data", 1, 3, 4, 4)
		g.Node("Flatten", []string{"data"}, []string{"flat"})
		change(g)
		g.Out("out", 1, 2)
		return g.Model()
	}
	weights := make([]float32, 96)
	nan := append(weights[:95:95], float32(math.NaN()))
	for name, b := range map[string][]byte{
		"a loop": graph(func(g *onnxtest.Graph) {
			g.Floats("W", onnxtest.Raw, weights, 48, 2)
			g.Node("Gemm", []string{"flat", "W", "back"}, []string{"out"})
			g.Node("Relu", []string{"out"}, []string{"back"})
		}),
		"a node of itself": graph(func(g *onnxtest.Graph) { g.Node("Add", []string{"flat", "out"}, []string{"out"}) }),
		"NaN": graph(func(g *onnxtest.Graph) {
			g.Floats("W", onnxtest.Raw, nan, 48, 2)
			g.Node("Gemm", []string{"flat", "W"}, []string{"out"})
		}),
		"too few values": graph(func(g *onnxtest.Graph) {
			g.Floats("W", onnxtest.Raw, weights, 48, 1<<20)
			g.Node("Gemm", []string{"flat", "W"}, []string{"out"})
		}),
		"sizes that overflow": graph(func(g *onnxtest.Graph) {
			g.Floats("W", onnxtest.Raw, weights, 1<<31, 1<<31, 1<<31)
			g.Node("Gemm", []string{"flat", "W"}, []string{"out"})
		}),
		"a tensor that nobody makes": graph(func(g *onnxtest.Graph) {
			g.Node("Add", []string{"flat", "none"}, []string{"out"})
		}),
		"an output that nobody makes": graph(func(*onnxtest.Graph) {}),
		"a negative size": graph(func(g *onnxtest.Graph) {
			g.Floats("W", onnxtest.Raw, weights, -48, -2)
			g.Node("Gemm", []string{"flat", "W"}, []string{"out"})
		}),
	} {
		path := filepath.Join(dir, "crafted.onnx")
		write(t, path, string(b))
		if _, err := s.Add(bg(), path, own()); !errors.Is(err, onnxgraph.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
		checkOnly(t, cache)
	}
}

// TestAddTwice: a file that is on the list is not taken under another name with another preparation of its input, for a
// gallery knows a model by its file.
func TestAddTwice(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.onnx")
	write(t, path, string(tiny(3, 112, 112, 4)))
	s, _ := testStore(t, Options{Dir: filepath.Join(dir, "cache"), Offline: true})
	if _, err := s.Add(bg(), path, own()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Input){
		"channels": func(in *Input) { in.Channels = "BGR" },
		"mean":     func(in *Input) { in.Mean = []float32{0} },
		"std":      func(in *Input) { in.Std = []float32{1, 1, 1} },
	} {
		e := own()
		e.Name = "other"
		change(e.Input)
		if _, err := s.Add(bg(), path, e); err == nil || !strings.Contains(err.Error(), "on the list as mine") ||
			hint.Of(err) == "" {
			t.Errorf("another %s: %v", name, err)
		}
	}
	e := own()
	e.Name = "other"
	if _, err := s.Add(bg(), path, e); err != nil {
		t.Errorf("the same once more: %v", err)
	}
}

func TestAdd(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.onnx")
	model := tiny(3, 112, 112, 4)
	write(t, path, string(model))
	cache := filepath.Join(dir, "cache")
	s, _ := testStore(t, Options{Dir: cache, Offline: true})
	if _, err := s.Add(bg(), path, Entry{Role: RoleEmbedder}); !errors.Is(err, ErrIncomplete) ||
		!strings.Contains(err.Error(), "channels, mean, std, license") {
		t.Fatalf("got %v", err)
	}
	checkOnly(t, cache)
	e, err := s.Add(bg(), path, own())
	if err != nil {
		t.Fatal(err)
	}
	if e.Name != "mine" || e.Decoder != DecoderEmbedding || e.Input.Fit != "align112" || e.Output.Dim != 4 {
		t.Errorf("%+v, %+v, %+v", e, *e.Input, *e.Output)
	}
	// Another process finds it, offline, and again from the user's file when the cache was emptied.
	other, _ := testStore(t, Options{Dir: cache, Offline: true})
	for range 2 {
		got, b, err := other.Load(bg(), "mine")
		if err != nil || string(b) != string(model) || !reflect.DeepEqual(got, e) {
			t.Fatalf("%v: %+v, want %+v", err, got, e)
		}
		if err := os.Remove(filepath.Join(cache, e.File)); err != nil {
			t.Fatal(err)
		}
	}
	if st := status(t, other, "mine"); !st.Own {
		t.Errorf("%+v", st)
	}
	// The same name again: the new file takes its place.
	write(t, path, string(tiny(3, 112, 112, 5)))
	if e, err = other.Add(bg(), path, own()); err != nil || e.Output.Dim != 5 {
		t.Fatal(e, err)
	}
	s, _ = testStore(t, Options{Dir: cache, Offline: true})
	if e, _, err := s.Load(bg(), "mine"); err != nil || e.Output.Dim != 5 {
		t.Errorf("%+v, %v", e, err)
	}
	// And the old one keeps a name of its own: a gallery may have been enrolled with it.
	old := e
	for _, o := range s.Entries() {
		if o.Name == "mine-"+o.SHA256[:8] {
			old = o
		}
	}
	if old.Name == e.Name || old.SHA256 == e.SHA256 || old.Output.Dim != 4 {
		t.Errorf("the old entry: %+v", old)
	}
	for range 2 { // back and forth: no name twice
		for _, dim := range []int{4, 5} {
			write(t, path, string(tiny(3, 112, 112, dim)))
			if _, err := other.Add(bg(), path, own()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s, _ = testStore(t, Options{Dir: cache, Offline: true}); len(s.Entries()) != len(Catalogue().Entries)+2 {
		t.Errorf("%d entries", len(s.Entries()))
	}
	for name, change := range map[string]func(*Entry){
		"a name of the catalogue": func(e *Entry) { e.Name = "yunet" },
		"a bad name":              func(e *Entry) { e.Name = "../x" },
		"another size":            func(e *Entry) { e.Input.Width, e.Input.Height = 96, 96 },
		"another input":           func(e *Entry) { e.Input.Name = "image" },
		"another output":          func(e *Entry) { e.Output = &Output{Names: []string{"y"}} },
		"another dimension":       func(e *Entry) { e.Output = &Output{Dim: 7} },
		"one mean":                func(e *Entry) { e.Input.Mean = []float32{127.5} },
		"a zero deviation":        func(e *Entry) { e.Input.Std = []float32{1, 0, 1} },
		"channels":                func(e *Entry) { e.Input.Channels = "YUV" },
		"a licence class":         func(e *Entry) { e.License.Class = "mine" },
	} {
		x := own()
		change(&x)
		if _, err := s.Add(bg(), path, x); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := s.Forget(bg(), "yunet"); !errors.Is(err, ErrUnknown) {
		t.Errorf("forget a model of the catalogue: %v", err)
	}
	if err := s.Forget(bg(), "mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Entry("mine"); !errors.Is(err, ErrUnknown) {
		t.Errorf("forgotten, and still there: %v", err)
	}
	if s, _ := testStore(t, Options{Dir: cache, Offline: true}); s != nil {
		for _, e := range s.Entries() {
			if strings.HasPrefix(e.Name, "mine-") {
				if err := s.Forget(bg(), e.Name); err != nil {
					t.Error(err)
				}
			}
		}
	}
	checkOnly(t, cache, "models.json")
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the user's file: %v", err)
	}
	write(t, filepath.Join(cache, "models.json"), "{")
	if _, err := Open(&Options{Dir: cache}); !errors.Is(err, ErrManifest) ||
		!strings.Contains(hint.Of(err), "move it away") {
		t.Errorf("a damaged manifest of one's own: %v, hint %q", err, hint.Of(err))
	}
}
