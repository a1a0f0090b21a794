package onnxgraph

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// realModel returns a file of the default pack from the local model folder.
func realModel(t testing.TB, file string) []byte {
	t.Helper()
	dir := os.Getenv("FACEID_MODELS")
	if dir == "" {
		t.Skip("FACEID_MODELS names no folder with the default models")
	}
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Skipf("not in the local model folder: %v", err)
	}
	return b
}

func TestFreeBatchDefaultPack(t *testing.T) {
	for _, file := range []string{"fr_feature.onnx", "fr_landmark.onnx", "fr_detect.onnx", "yunet_s_640_640.onnx"} {
		t.Run(file, func(t *testing.T) {
			b := realModel(t, file)
			before := bytes.Clone(b)
			m, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.FreeBatch(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, before) {
				t.Error("FreeBatch changed the caller's bytes")
			}
			for _, v := range append(m.Inputs(), m.Outputs()...) {
				t.Log(v)
				if v.Shape[0].Size != -1 {
					t.Errorf("%s is %v", v.Name, v.Sizes())
				}
			}
			once := bytes.Clone(m.Bytes())
			if err := m.FreeBatch(); err != nil || !bytes.Equal(once, m.Bytes()) {
				t.Errorf("a second FreeBatch changed the model: %v", err)
			}
		})
	}
}

func TestLastDenseDefaultPack(t *testing.T) {
	for _, c := range []struct {
		file, op, trunk string
		dim, in         int
		bn              bool
	}{
		{"fr_feature.onnx", "Conv", "662", 512, 512, false},
		{"fr_landmark.onnx", "Gemm", "364", 136, 512, true},
	} {
		t.Run(c.file, func(t *testing.T) {
			b := realModel(t, c.file)
			m, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			d, err := m.LastDense()
			if err != nil {
				t.Fatal(err)
			}
			if d.Op != c.op || d.Trunk != c.trunk || d.Dim != c.dim || d.In != c.in || d.BatchNorm != c.bn {
				t.Errorf("got %s on %q, %d×%d, norm %v", d.Op, d.Trunk, d.Dim, d.In, d.BatchNorm)
			}
			if err := m.SetDense(d.W, d.B); err != nil {
				t.Fatal(err)
			}
			if !c.bn && !bytes.Equal(m.Bytes(), b) {
				t.Error("writing the same weights changed the file")
			}
			if err := m.Tap(d.Trunk); err != nil {
				t.Fatal(err)
			}
		})
	}
}
