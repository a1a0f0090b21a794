package arcface

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
)

// refCase is one case of losses.json: PyTorch's autograd in float64.
type refCase struct {
	Name   string
	Inputs struct {
		X, W, Centers [][]float64
		Labels        []int
	}
	Params struct {
		S, M1, M2, M3, Lambda float64
	}
	Loss float64
	Grad struct{ X, W [][]float64 }
}

// references reads losses.json, and the files of other seeds named by FACEID_LOSS_REFERENCES (a glob).
func references(t *testing.T) []refCase {
	t.Helper()
	dir := os.Getenv("FACEID_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	files := []string{filepath.Join(dir, "data", "reference", "losses.json")}
	if _, err := os.Stat(files[0]); err != nil {
		if os.Getenv("FACEID_REQUIRE_SHARED") == "1" {
			t.Fatal(err)
		}
		t.Skipf("no reference data: %v", err)
	}
	if g := os.Getenv("FACEID_LOSS_REFERENCES"); g != "" {
		more, err := filepath.Glob(g)
		if err != nil || len(more) == 0 {
			t.Fatalf("FACEID_LOSS_REFERENCES=%s matches nothing (%v)", g, err)
		}
		files = append(files, more...)
	}
	var all []refCase
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Cases []refCase }
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all = append(all, doc.Cases...)
	}
	return all
}

func mat64(rows [][]float64) blas64.General {
	m := blas64.General{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0])}
	for _, r := range rows {
		m.Data = append(m.Data, r...)
	}
	return m
}

// relDiff is max |a−b| over max |b|: relative to the size of the whole gradient.
func relDiff(a, b []float64) float64 {
	var d, s float64
	for i, v := range b {
		d = math.Max(d, math.Abs(a[i]-v))
		s = math.Max(s, math.Abs(v))
		if math.IsNaN(a[i]) {
			return math.Inf(1)
		}
	}
	if s == 0 {
		return d
	}
	return d / s
}

func TestReference(t *testing.T) {
	seen := 0
	for _, r := range references(t) {
		if r.Inputs.W == nil || r.Inputs.Centers != nil {
			continue
		}
		seen++
		x, w := mat64(r.Inputs.X), mat64(r.Inputs.W)
		m := Combined(r.Params.S, r.Params.M1, r.Params.M2, r.Params.M3)
		wantX, wantW := mat64(r.Grad.X).Data, mat64(r.Grad.W).Data

		h64 := Head64{W: w, Margin: m}
		dX, dW := like64(x), like64(w)
		if got := h64.LossGrad(dX, dW, x, r.Inputs.Labels); math.Abs(got-r.Loss) > 1e-9*math.Abs(r.Loss) {
			t.Errorf("%s: float64 loss %.15g, want %.15g", r.Name, got, r.Loss)
		}
		if e := math.Max(relDiff(dX.Data, wantX), relDiff(dW.Data, wantW)); e > 1e-9 {
			t.Errorf("%s: float64 gradient off by %g relative", r.Name, e)
		}

		h := Head{W: from(w), Margin: m}
		dX32, dW32 := from(like64(x)), from(like64(w))
		if got := h.LossGrad(dX32, dW32, from(x), r.Inputs.Labels); math.Abs(got-r.Loss) > 1e-4*math.Abs(r.Loss) {
			t.Errorf("%s: float32 loss %.9g, want %.9g", r.Name, got, r.Loss)
		}
		if e := math.Max(relDiff(to64(dX32).Data, wantX), relDiff(to64(dW32).Data, wantW)); e > 1e-4 {
			t.Errorf("%s: float32 gradient off by %g relative", r.Name, e)
		}
	}
	if seen < 6 {
		t.Errorf("only %d head cases", seen)
	}
}
