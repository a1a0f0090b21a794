package models

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"faceid/internal/hint"
)

// tiny is an ONNX file with one input [1, c, h, w] and one output [1, dim]: a Flatten and a Gemm. Sizes below 1 are symbolic.
func tiny(c, h, w, dim int) []byte {
	msg := func(num protowire.Number, parts ...[]byte) []byte {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), b)
	}
	str := func(num protowire.Number, s string) []byte { return msg(num, []byte(s)) }
	num := func(n protowire.Number, v int) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), uint64(v))
	}
	value := func(name string, dims ...int) []byte {
		var shape []byte
		for _, d := range dims {
			if d < 1 {
				shape = append(shape, msg(1, str(2, "any"))...)
			} else {
				shape = append(shape, msg(1, num(1, d))...)
			}
		}
		return append(str(1, name), msg(2, msg(1, num(1, 1), msg(2, shape)))...)
	}
	size := c * h * w
	raw := make([]byte, 0, 4*dim*size)
	for i := range dim * max(size, 0) {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i)))
	}
	graph := append(msg(1, str(1, "data"), str(2, "flat"), str(4, "Flatten")),
		msg(1, str(1, "flat"), str(1, "W"), str(2, "out"), str(4, "Gemm"))...)
	graph = append(graph, msg(5, num(1, size), num(1, dim), num(2, 1), str(8, "W"), msg(9, raw))...)
	graph = append(graph, msg(11, value("data", 1, c, h, w))...)
	graph = append(graph, msg(12, value("out", 1, dim))...)
	return append(num(1, 7), msg(7, graph)...)
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
	if e.Name != "my-model-v2" || !reflect.DeepEqual(*e.Input, in) || !reflect.DeepEqual(*e.Output, Output{Names: []string{"out"}, Dim: 6}) {
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
	if u := e.Unknown(); !reflect.DeepEqual(u, []string{"decoder", "channels", "mean", "std", "fit", "score", "nms", "license"}) {
		t.Errorf("unknown of a detector %q", u)
	}
	write(t, path, string(tiny(1, 0, 0, 6)))
	if e, err = Inspect(path); err != nil || e.Input.Channels != "GRAY" || !e.Input.Dynamic {
		t.Errorf("grey of any size: %+v, %v", e.Input, err)
	}
	for name, b := range map[string][]byte{"two channels": tiny(2, 4, 4, 6), "channels last": tiny(112, 112, 3, 6), "no ONNX": []byte("PK\x03\x04"), "empty": nil} {
		write(t, path, string(b))
		if _, err := Inspect(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Inspect(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestAdd(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.onnx")
	model := tiny(3, 112, 112, 4)
	write(t, path, string(model))
	cache := filepath.Join(dir, "cache")
	s, _ := testStore(t, Options{Dir: cache, Offline: true})
	if _, err := s.Add(bg(), path, Entry{Role: RoleEmbedder}); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "channels, mean, std, license") {
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
	if _, err := Open(&Options{Dir: cache}); !errors.Is(err, ErrManifest) || !strings.Contains(hint.Of(err), "move it away") {
		t.Errorf("a damaged manifest of one's own: %v, hint %q", err, hint.Of(err))
	}
}
