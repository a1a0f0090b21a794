package models_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"faceid/internal/golden"
	"faceid/models"
)

// TestGoldenConfig opens a user's configuration of version 1: the model added then is there with its whole contract,
// and the licence accepted then stays accepted, that one alone.
func TestGoldenConfig(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own, file := golden.Read(t, "formats", "own-models-1.json"), golden.Read(t, "onnx", "embedder-gemm.onnx")
	put("models.json", own)
	put("licenses.json", golden.Read(t, "formats", "licenses-1.json"))
	put("mine-a59e9b6b4dcd.onnx", file)
	s, err := models.Open(&models.Options{Dir: dir, Local: "-", Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	e, b, err := s.Load(t.Context(), "mine")
	if err != nil || !bytes.Equal(b, file) {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	js, err := json.Marshal(models.Manifest{Version: 1, Entries: []models.Entry{e}})
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(js, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(own, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %s, want %s", js, own)
	}
	for _, st := range s.List() {
		switch name := st.Entry.Name; {
		case st.Own != (name == "mine"):
			t.Errorf("%s: the user's own is %v", name, st.Own)
		case st.Entry.License.Class == models.Noncommercial && st.Accepted != (name == "w600k-mbf"):
			t.Errorf("%s: accepted is %v", name, st.Accepted)
		}
	}
}
