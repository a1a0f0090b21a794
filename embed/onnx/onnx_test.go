package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"faceid/internal/ortest"
	"faceid/models"
)

// start loads ONNX Runtime, or skips the test.
func start(t testing.TB) {
	t.Helper()
	lib, err := ortest.Store(t).Runtime(t.Context(), "")
	if errors.Is(err, models.ErrMissing) && os.Getenv("FACEID_REQUIRE_ORT") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(lib); err != nil {
		t.Fatal(err)
	}
}

func TestFastPReLU(t *testing.T) {
	start(t)
	entry, b := ortest.Load(t, "mobilefacenet")
	f := FastPReLU(b)
	if bytes.Equal(f, b) {
		t.Fatal("nothing was rewritten")
	}
	var out [2][]float32
	for i, m := range [][]byte{b, f} {
		s, err := NewSession(entry.Name, m, entry.Input.Name, entry.Output.Names, false)
		if err != nil {
			t.Fatal(err)
		}
		sl, err := s.Acquire(1, 3, 112, 112)
		if err != nil {
			t.Fatal(err)
		}
		testInput(sl.Input(), &models.SelfTest{Lo: -1, Hi: 1})
		if err := s.Run(sl); err != nil {
			t.Fatal(err)
		}
		out[i] = append(out[i], sl.Output(0)...)
		s.Release(sl)
		s.Close()
	}
	worst := 0.0
	for k := range out[0] {
		worst = max(worst, math.Abs(float64(out[0][k]-out[1][k])))
	}
	if worst > 1e-5*l2(out[0]) {
		t.Errorf("the answers differ by %v of %v", worst, l2(out[0]))
	}
	if g := FastPReLU(b[:len(b)/2]); !bytes.Equal(g, b[:len(b)/2]) {
		t.Error("a damaged model is changed")
	}
}

func FuzzFastPReLU(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendWeights(nil, "x", []float32{1, 2}))
	f.Add(appendNode(nil, "PRelu", 0, "y", "x", "a"))
	f.Fuzz(func(t *testing.T, b []byte) { FastPReLU(b) })
}

// TestSelfTestFails: a model that answers otherwise than stored is refused, whatever its file's checksum says.
func TestSelfTestFails(t *testing.T) {
	start(t)
	e, b := ortest.Load(t, "landmarks68")
	c, err := NewContract(e, b)
	if err != nil {
		t.Fatal(err)
	}
	names := c.Out.Names[:1]
	s, err := NewSession(e.Name, b, c.In.Name, names, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sl, err := s.Acquire(1, 1, 64, 64)
	if err != nil {
		t.Fatal(err)
	}
	testInput(sl.Input(), &models.SelfTest{Lo: 0, Hi: 1})
	if err := s.Run(sl); err != nil {
		t.Fatal(err)
	}
	v := append([]float32(nil), sl.Output(0)...)
	s.Release(sl)
	want := func(scale float64, head float32) *models.SelfTest {
		return &models.SelfTest{Lo: 0, Hi: 1, Want: []models.Expected{{Output: names[0], Len: len(v),
			Norm: l2(v) * scale, Head: []float32{v[0] + head}}}}
	}
	if err := s.SelfTest(want(1, 0), names, 1, 1, 64, 64); err != nil {
		t.Error(err)
	}
	for _, w := range []*models.SelfTest{want(1.01, 0), want(1, 0.1)} {
		if err := s.SelfTest(w, names, 1, 1, 64, 64); !errors.Is(err, ErrSelfTest) {
			t.Errorf("got %v", err)
		}
	}
}

func TestInitErrors(t *testing.T) {
	if os.Getenv("FACEID_INIT_CHILD") != "" {
		fmt.Println(Init(os.Getenv("FACEID_INIT_CHILD")))
		return
	}
	text := filepath.Join(t.TempDir(), "libonnxruntime.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, text + ".none"} { // each in its own process: the environment is one per process
		c := exec.Command(os.Args[0], "-test.run=^TestInitErrors$")
		c.Env = append(os.Environ(), "FACEID_INIT_CHILD="+path)
		out, err := c.CombinedOutput()
		if err != nil || !strings.Contains(string(out), ErrRuntime.Error()) || !strings.Contains(string(out), path) {
			t.Errorf("%v: %s", err, out)
		}
	}
	start(t)
	if err := Init(text); !errors.Is(err, ErrRuntime) {
		t.Errorf("a second library: %v", err)
	}
}
