// Package ortest runs ONNX files in tests, with what is on the machine: it downloads nothing.
//
//	ortest.Start(t) // or the test is skipped
//	out := ortest.Run(t, file, "input", x, []int64{1, 3, 112, 112}, "output")
package ortest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"faceid/internal/golden"
	"faceid/models"
)

// required says that the runtime and the default models must be there, as make setup leaves them.
func required() bool { return os.Getenv("FACEID_REQUIRE_ORT") == "1" }

// Store returns the models at hand: those in the user's cache, in FACEID_MODELS and in the shared folder.
func Store(t testing.TB) *models.Store {
	t.Helper()
	local := os.Getenv("FACEID_MODELS")
	if dir, err := golden.HaveShared(t, "models"); err == nil {
		if local != "" {
			local += string(os.PathListSeparator)
		}
		local += dir
	}
	s, err := models.Open(&models.Options{Offline: true, Local: local})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Codec returns the path of the libvips shared library. Where it is not at hand the test is skipped, and fails with
// FACEID_REQUIRE_ORT=1.
func Codec(t testing.TB) string {
	t.Helper()
	path := Store(t).Codec()
	switch {
	case path != "":
	case required():
		t.Fatal("libvips is not at hand: make setup")
	default:
		t.Skip("libvips is not at hand")
	}
	return path
}

// HEIF returns the paths of libde265 and libheif. Where they are not at hand the test is skipped: everything else works
// without, and where neither pip nor the package's address is to be had, make setup goes without.
func HEIF(t testing.TB) []string {
	t.Helper()
	paths := Store(t).HEIF()
	if paths == nil {
		t.Skip("libheif is not at hand: make setup fetches it with pip")
	}
	return paths
}

// Load returns a model of the catalogue. Where it is not at hand the test is skipped; with FACEID_REQUIRE_ORT=1 it
// fails for a model of the default pack.
func Load(t testing.TB, name string) (models.Entry, []byte) {
	t.Helper()
	s := Store(t)
	e, b, err := s.Load(t.Context(), name)
	if errors.Is(err, models.ErrMissing) {
		p, perr := s.Pack("default")
		if perr != nil {
			t.Fatal(perr)
		}
		if !required() || name != p.Detector && name != p.Landmarks && name != p.Embedder {
			t.Skipf("the model %s is not at hand: %v", name, err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, b
}

// Started loads ONNX Runtime and reports whether it is there; with FACEID_REQUIRE_ORT=1 its absence fails the test. It
// is for tests that check something without it, too.
func Started(t testing.TB) bool {
	t.Helper()
	if ort.IsInitialized() {
		return true
	}
	lib, err := Store(t).Runtime(t.Context(), "")
	if err != nil {
		if required() {
			t.Fatal(err)
		}
		t.Logf("not run: no ONNX Runtime library is at hand: %v", err)
		return false
	}
	os.Setenv("ORT_DISABLE_TELEMETRY", "1") // before it is loaded, or it sends things home
	ort.SetSharedLibraryPath(filepath.Clean(lib))
	if err := ort.InitializeEnvironment(); err != nil {
		t.Fatal(err)
	}
	return true
}

// Start loads ONNX Runtime, or skips the test.
func Start(t testing.TB) {
	t.Helper()
	if !Started(t) {
		t.Skip("no ONNX Runtime library is at hand (make setup fetches one)")
	}
}

// Run feeds x of the given shape to a model's input and returns the outputs named, flattened.
func Run(t testing.TB, onnx []byte, in string, x []float32, shape []int64, outs ...string) [][]float32 {
	t.Helper()
	o, err := ort.NewSessionOptions()
	if err != nil {
		t.Fatal(err)
	}
	defer o.Destroy()
	if err := o.SetLogSeverityLevel(ort.LoggingLevelError); err != nil {
		t.Fatal(err)
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(onnx, []string{in}, outs, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Destroy()
	v, err := ort.NewTensor(ort.NewShape(shape...), x)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Destroy()
	got := make([]ort.Value, len(outs))
	if err := s.Run([]ort.Value{v}, got); err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for _, g := range got {
		all = append(all, append([]float32(nil), g.(*ort.Tensor[float32]).GetData()...))
		g.Destroy()
	}
	return all
}
