package golden

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// LossCase is a loss on small inputs, with its value and its gradients to the last digit of a float64. A field is
// empty where the loss has no such thing.
type LossCase struct {
	Name   string      `json:"name"`
	Inputs LossInputs  `json:"inputs"`
	Params LossParams  `json:"params"`
	Loss   float64     `json:"loss"`
	Grad   LossGrad    `json:"grad"`
	Update *LossUpdate `json:"update,omitempty"`
}

// LossInputs is what a loss is a function of. Every row is a sample, or a class.
type LossInputs struct {
	Logits  Flat        `json:"logits,omitempty"`  // n × classes; of a binary loss n
	Labels  []int       `json:"labels,omitempty"`  // n, from 0
	Targets []float64   `json:"targets,omitempty"` // n, of a binary loss, in [0, 1]
	Alpha   []float64   `json:"alpha,omitempty"`   // the focal loss's weight of each class
	Weights []float64   `json:"weights,omitempty"` // the cross-entropy's weight of each class
	X       [][]float64 `json:"X,omitempty"`       // n × d embeddings
	W       [][]float64 `json:"W,omitempty"`       // classes·K × d class weights
	Centers [][]float64 `json:"centers,omitempty"` // classes × d
}

// LossParams are the numbers that a loss is tuned with, by the names of the papers.
type LossParams struct {
	Smoothing    float64 `json:"smoothing,omitempty"`
	WeightedMean bool    `json:"weighted_mean,omitempty"` // divided by the samples' weights instead of their number
	Alpha        float64 `json:"alpha,omitempty"`
	Gamma        float64 `json:"gamma,omitempty"`
	S            float64 `json:"s,omitempty"`
	M1           float64 `json:"m1,omitempty"`
	M2           float64 `json:"m2,omitempty"`
	M3           float64 `json:"m3,omitempty"`
	Subcenters   int     `json:"subcenters,omitempty"` // K, 0 for one weight per class
	Lambda       float64 `json:"lambda,omitempty"`     // of λ times the Center Loss, added
}

// LossGrad is the gradient with respect to each input that training moves.
type LossGrad struct {
	Logits Flat        `json:"logits,omitempty"`
	X      [][]float64 `json:"X,omitempty"`
	W      [][]float64 `json:"W,omitempty"`
}

// LossUpdate is what becomes of the centres after the batch.
type LossUpdate struct {
	Mean [][]float64 `json:"batch_mean"`
	Wen  [][]float64 `json:"wen2016_alpha_0.5"` // Wen et al., eq. 4, with α = 0.5
}

// Flat holds numbers that JSON may have in rows.
type Flat []float64

// UnmarshalJSON reads a list of numbers, or a list of such lists.
func (f *Flat) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*[]float64)(f)) == nil {
		return nil
	}
	var rows [][]float64
	err := json.Unmarshal(b, &rows)
	*f = slices.Concat(rows...)
	return err
}

// Losses returns the cases of testdata/losses for which want is true, and beside them, where it is at hand, those of
// the shared folder, which PyTorch's autograd made, and of the files that the glob FACEID_LOSS_REFERENCES names.
func Losses(t testing.TB, want func(c *LossCase) bool) []LossCase {
	t.Helper()
	files := []string{Path(t, "losses", "losses.json")}
	if f, err := HaveShared(t, "data", "reference", "losses.json"); err == nil {
		files = append(files, f)
	}
	if g := os.Getenv("FACEID_LOSS_REFERENCES"); g != "" {
		more, err := filepath.Glob(g)
		if err != nil || len(more) == 0 {
			t.Fatalf("FACEID_LOSS_REFERENCES=%s matches nothing (%v)", g, err)
		}
		files = append(files, more...)
	}
	var all []LossCase
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Cases []LossCase }
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		n := len(all)
		for _, c := range doc.Cases {
			if want(&c) {
				all = append(all, c)
			}
		}
		if len(all) == n {
			t.Errorf("%s has no case for this test", f)
		}
	}
	return all
}
