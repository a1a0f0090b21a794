package finetune_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"faceid/finetune"
	"faceid/finetune/openset"
	"faceid/internal/golden"
	"faceid/internal/hint"
)

// Two people with class weights along the axes. The embedding (3, 4) has the unit vector (0.6, 0.8), so the cosines
// are 0.6 and 0.8, the probabilities those of logits 6 and 8, 1/(1+e⁻²) = 0.881 for Bea; her centre (0, 1) lies at
// 0.6² + 0.2² = 0.4, beyond what is taken as known; Ann's at 0.4² + 0.8² = 0.8.
func ExampleHead_Identify() {
	h := &finetune.Head{
		Labels: []string{"Ann", "Bea"}, D: 2,
		Weights: []float32{1, 0, 0, 2}, Centers: []float32{1, 0, 0, 1},
		Scale: 10, KnownDistance: 0.3,
	}
	people, err := h.Identify([]float32{3, 4}, 0)
	if err != nil {
		panic(err)
	}
	for _, p := range people {
		fmt.Printf("%s cosine %.2f probability %.3f distance %.2f known %v\n", p.Label, p.Cosine, p.Probability,
			p.Distance, p.Known)
	}
	// Output:
	// Bea cosine 0.80 probability 0.881 distance 0.40 known false
	// Ann cosine 0.60 probability 0.119 distance 0.80 known false
}

func TestHeadFile(t *testing.T) {
	h := &finetune.Head{
		Labels: []string{"Ann", `B"é<a`}, D: 3, Weights: []float32{1, 2, 3, 4, 5, 6},
		Centers: []float32{6, 5, 4, 3, 2, 1},
		Loss:    finetune.CosFace, Margin: 0.2, Scale: 30, Model: "abc", KnownDistance: 0.7,
		Strangers: 12, OpenSet: openset.Curve{{FPIR: 0.5, Low: 0.1, High: 0.8, Distance: 0.9}, {FPIR: 0.2, High: 0.5,
			Distance: 0.7}},
	}
	path := filepath.Join(t.TempDir(), "head")
	if err := h.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := finetune.LoadHead(path)
	if err != nil || !reflect.DeepEqual(got, h) {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, spoil := range map[string]func(h *finetune.Head){
		"labels":  func(h *finetune.Head) { h.Labels = h.Labels[:1] },
		"weights": func(h *finetune.Head) { h.Weights = []float32{1, 2, 3, 4, 5, float32(math.NaN())} },
		"scale":   func(h *finetune.Head) { h.Scale = -1 },
		"open set": func(h *finetune.Head) {
			h.OpenSet = openset.Curve{h.OpenSet[1], h.OpenSet[0]}
		},
		"strangers": func(h *finetune.Head) { h.Strangers = 0 },
	} {
		bad := *h
		spoil(&bad)
		var b bytes.Buffer
		if _, err := bad.WriteTo(&b); err != nil {
			continue // refused when written is as good
		}
		if _, err := finetune.ParseHead(b.Bytes()); !errors.Is(err, finetune.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The threshold of a head is the one for the share of strangers asked for; where too few people were kept out to say
// it, that is said.
func TestAtFPIR(t *testing.T) {
	h := &finetune.Head{Labels: []string{"Ann"}, D: 2, Weights: []float32{1, 0}, Centers: []float32{1, 0}, Scale: 10,
		KnownDistance: 0.4, Strangers: 20, OpenSet: openset.Curve{{FPIR: 0.5, Low: 0.1, High: 0.8, Distance: 0.9},
			{FPIR: 0.05, High: 0.2, Distance: 0.4}}}
	x := []float32{0.7, 0.714} // 0.6 from her centre
	for fpir, known := range map[float64]bool{0: false, 0.05: false, 0.1: false, 0.5: true, 0.9: true} {
		at, err := h.AtFPIR(fpir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := at.Identify(x, 1); err != nil || got[0].Known != known {
			t.Errorf("%v: %+v, %v", fpir, got, err)
		}
		if r := at.FPIR(); fpir >= 0.05 && fpir <= 0.5 && math.Abs(r.FPIR-fpir) > 1e-9 {
			t.Errorf("%v: %+v", fpir, r)
		}
	}
	_, err := h.AtFPIR(0.01)
	if !errors.Is(err, finetune.ErrTooFew) || !strings.Contains(err.Error(), "125 are needed") ||
		!strings.Contains(hint.Of(err), "0.05") {
		t.Error(err)
	}
	h.KnownDistance, h.OpenSet = 0, nil
	if r := h.FPIR(); r.FPIR != 1 {
		t.Errorf("everybody gets a name: %+v", r)
	}
}

// TestOldHead: a head written before heads knew their FPIR says that it does not.
func TestOldHead(t *testing.T) {
	h, err := finetune.LoadHead(golden.Path(t, "formats", "head-1.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if r := h.FPIR(); !math.IsNaN(r.FPIR) {
		t.Errorf("%+v", r)
	}
	if _, err := h.AtFPIR(0.1); !errors.Is(err, finetune.ErrTooFew) || hint.Of(err) == "" {
		t.Error(err)
	}
}

// TestIdentify compares with scores computed one by one in float64.
func TestIdentify(t *testing.T) {
	const n, d = 300, 17
	rng := rand.New(rand.NewPCG(2, 2))
	h := &finetune.Head{D: d, Scale: 20}
	for p := range n {
		h.Labels = append(h.Labels, fmt.Sprint("p", p))
		for range d {
			h.Weights = append(h.Weights, float32(rng.NormFloat64()))
			h.Centers = append(h.Centers, float32(0.2*rng.NormFloat64()))
		}
	}
	x := make([]float32, d)
	for i := range x {
		x[i] = float32(5 * rng.NormFloat64())
	}
	got, err := h.Identify(x, 0)
	if err != nil {
		t.Fatal(err)
	}
	norm := func(v []float32) float64 {
		s := 0.0
		for _, a := range v {
			s += float64(a) * float64(a)
		}
		return math.Sqrt(s)
	}
	cos, dist, sum := make([]float64, n), make([]float64, n), 0.0
	for p := range n {
		w, c := h.Weights[p*d:(p+1)*d], h.Centers[p*d:(p+1)*d]
		for i, a := range x {
			cos[p] += float64(a) * float64(w[i]) / norm(x) / norm(w)
			e := float64(a)/norm(x) - float64(c[i])
			dist[p] += e * e
		}
		sum += math.Exp(h.Scale * cos[p])
	}
	total := 0.0
	for i, g := range got {
		if i > 0 && g.Cosine > got[i-1].Cosine {
			t.Errorf("place %d is better than the one before", i)
		}
		if p := math.Exp(h.Scale*cos[g.Class]) / sum; math.Abs(g.Cosine-cos[g.Class]) > 1e-5 ||
			math.Abs(g.Distance-dist[g.Class]) > 1e-5 || math.Abs(g.Probability-p) > 1e-4 || !g.Known {
			t.Errorf("%+v, want cosine %v, distance %v, probability %v", g, cos[g.Class], dist[g.Class], p)
		}
		total += g.Probability
	}
	if len(got) != n || math.Abs(total-1) > 1e-9 {
		t.Errorf("%d people, probabilities sum to %v", len(got), total)
	}
	if top, _ := h.Identify(x, 3); !reflect.DeepEqual(top, got[:3]) {
		t.Errorf("first 3: %+v", top)
	}
	for name, bad := range map[string][]float32{"short": x[1:], "zero": make([]float32, d),
		"NaN": append([]float32{float32(math.NaN())}, x[1:]...)} {
		if _, err := h.Identify(bad, 1); !errors.Is(err, finetune.ErrData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
