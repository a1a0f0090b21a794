package onnxgraph_test

import (
	"os"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"faceid/models"
)

// startRuntime loads ONNX Runtime if it is at hand; without it a test checks what it can.
func startRuntime(t testing.TB) bool {
	t.Helper()
	if ort.IsInitialized() {
		return true
	}
	s, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	lib, err := s.Runtime(t.Context(), "")
	if err != nil {
		if os.Getenv("FACEID_REQUIRE_ORT") == "1" {
			t.Fatal(err)
		}
		t.Logf("not run: no ONNX Runtime library is at hand: %v", err)
		return false
	}
	ort.SetSharedLibraryPath(lib)
	if err := ort.InitializeEnvironment(); err != nil {
		t.Fatal(err)
	}
	return true
}

// run feeds x to the model's input and returns its outputs, flattened.
func run(t testing.TB, onnx []byte, in string, x []float32, shape []int64, outs ...string) [][]float32 {
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
