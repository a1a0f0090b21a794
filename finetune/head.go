package finetune

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strconv"

	"faceid/arcface"
	"faceid/centerloss"
	"faceid/finetune/openset"
	"faceid/internal/atomicfile"
	"faceid/internal/f32"
	"faceid/internal/gemm"
	"faceid/internal/safetensors"
)

// Head scores embeddings of the tuned model with what training left besides the layer: class weights and centres.
type Head struct {
	Labels  []string  // person of each class
	D       int       // length of an embedding
	Weights []float32 // classes × D: the head's class weights
	Centers []float32 // classes × D: centres of the unit embeddings, for the distance

	Loss   Loss
	Margin float64 // of training; not applied in scoring
	Scale  float64
	Model  string // SHA-256 of the tuned ONNX file, lower-case hex; embeddings of another model mean nothing here

	// KnownDistance is the squared distance to the centre from which on the person with the best cosine is likely
	// nobody we know: by people kept out of training, of whom at most 1 %, or one where they are fewer than 100, came
	// below it. 0 if there was nobody to measure it on.
	KnownDistance float64
	// OpenSet are thresholds by the share of strangers who pass, falling, and Strangers the number of people that it
	// rests on. Without cross-fitting, and in older files, there are none.
	OpenSet   openset.Curve
	Strangers int
}

// Candidate is one person for an embedding.
type Candidate struct {
	Label  string  `json:"label"`
	Class  int     `json:"class"`
	Cosine float64 `json:"cosine"` // with the class weight, in [-1, 1]
	// softmax of Scale × cosine over the trained people; a stranger gets one too
	Probability float64 `json:"probability"`
	Distance    float64 `json:"distance"` // squared distance of the unit embedding to the centre, in [0, 4]
	Known       bool    `json:"known"`    // Distance < KnownDistance; always true where that is 0
}

// Scores writes for each row of x (n × D embeddings, any length but zero) the cosine with each class and the squared
// distance of the unit vector to each centre; both n × classes. Either destination may be nil.
func (h *Head) Scores(cosines, distances, x []float32) {
	n, c := len(x)/h.D, len(h.Labels)
	if cosines != nil {
		head := arcface.Head{W: gemm.Matrix(h.Weights, c, h.D), Margin: arcface.Plain(h.Scale)}
		head.Cosines(gemm.Matrix(cosines, n, c), gemm.Matrix(x, n, h.D))
	}
	if distances != nil {
		u := append([]float32(nil), x...)
		for i := range n {
			f32.Unit(u[i*h.D : (i+1)*h.D])
		}
		cent := centerloss.Centers{C: gemm.Matrix(h.Centers, c, h.D)}
		cent.Distances(gemm.Matrix(distances, n, c), gemm.Matrix(u, n, h.D))
	}
}

// Identify ranks the people for one embedding of D values, best cosine first, equal ones by class; k ≤ 0 means all.
// It returns ErrData for a vector of another length, zero or not finite.
func (h *Head) Identify(embedding []float32, k int) ([]Candidate, error) {
	if len(embedding) != h.D {
		return nil, fmt.Errorf("%w: an embedding of %d values, the head takes %d", ErrData, len(embedding), h.D)
	}
	if x := append([]float32(nil), embedding...); !f32.AllFinite(x) || f32.Unit(x) == 0 {
		return nil, fmt.Errorf("%w: the embedding is zero or not finite", ErrData)
	}
	n := len(h.Labels)
	cos, dist := make([]float32, n), make([]float32, n)
	h.Scores(cos, dist, embedding)
	out := make([]Candidate, n)
	top := float32(-2)
	for _, v := range cos {
		top = max(top, v)
	}
	var sum float64
	for i, v := range cos {
		p := math.Exp(h.Scale * float64(v-top))
		sum += p
		known := h.KnownDistance == 0 || float64(dist[i]) < h.KnownDistance
		out[i] = Candidate{h.Labels[i], i, float64(v), p, float64(dist[i]), known}
	}
	for i := range out {
		out[i].Probability /= sum
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Cosine > out[j].Cosine })
	if k > 0 && k < n {
		out = out[:k]
	}
	return out, nil
}

const headFormat = "faceid-head-1"

// WriteTo writes the head as safetensors: tensors "weights" and "centers" (classes × D, F32); metadata "format",
// "labels" (a JSON list), "loss", "margin", "scale", "model_sha256", "known_distance", and where it has them "open_set"
// (a JSON list of openset.Rate) and "strangers".
func (h *Head) WriteTo(w io.Writer) (int64, error) {
	labels, err := json.Marshal(h.Labels)
	if err != nil {
		return 0, fmt.Errorf("finetune: labels: %w", err)
	}
	num := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	shape := []int{len(h.Labels), h.D}
	s := safetensors.File{
		Tensors: map[string]safetensors.Tensor{"weights": {Shape: shape, F32: h.Weights},
			"centers": {Shape: shape, F32: h.Centers}},
		Metadata: map[string]string{
			"format": headFormat, "labels": string(labels), "loss": string(h.Loss), "margin": num(h.Margin),
			"scale":        num(h.Scale),
			"model_sha256": h.Model, "known_distance": num(h.KnownDistance),
		},
	}
	if h.OpenSet != nil {
		rates, err := json.Marshal(h.OpenSet)
		if err != nil {
			return 0, fmt.Errorf("finetune: open set: %w", err)
		}
		s.Metadata["open_set"], s.Metadata["strangers"] = string(rates), strconv.Itoa(h.Strangers)
	}
	s.Seal()
	return s.WriteTo(w)
}

// Save writes the head to a file, atomically, mode 0600: class weights are biometric.
func (h *Head) Save(path string) error {
	return atomicfile.Write(path, 0o600, func(w io.Writer) error { _, err := h.WriteTo(w); return err })
}

// LoadHead reads a file that Save wrote. Errors wrap ErrFormat where the content is at fault.
func LoadHead(path string) (*Head, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("finetune: head: %w", err)
	}
	h, err := ParseHead(data)
	if err != nil {
		// A ModelProto begins with its field 1, a small version; safetensors with a length, and { behind it.
		if len(data) > 8 && data[0] == 0x08 && data[1] < 0x20 && data[8] != '{' {
			err = fmt.Errorf("%w: it looks like an ONNX model", ErrFormat)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// ParseHead reads a head from a file's bytes.
func ParseHead(data []byte) (*Head, error) {
	s, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	m := s.Metadata
	if m["format"] != headFormat {
		return nil, fmt.Errorf("%w: format %q is not %q", ErrFormat, m["format"], headFormat)
	}
	if m[safetensors.SumKey] != "" && !s.Sealed() {
		return nil, fmt.Errorf("%w: its checksum is wrong: the file is damaged", ErrFormat)
	}
	h := &Head{Loss: Loss(m["loss"]), Model: m["model_sha256"]}
	if err := json.Unmarshal([]byte(m["labels"]), &h.Labels); err != nil {
		return nil, fmt.Errorf("%w: labels: %v", ErrFormat, err)
	}
	for _, f := range []struct {
		key    string
		dst    *float64
		lo, hi float64
	}{{"margin", &h.Margin, 0, math.Pi}, {"scale", &h.Scale, 1e-3, 1e4}, {"known_distance", &h.KnownDistance, 0, 1e4}} {
		v, err := strconv.ParseFloat(m[f.key], 64)
		if err != nil || !(v >= f.lo && v <= f.hi) {
			return nil, fmt.Errorf("%w: %s is %q", ErrFormat, f.key, m[f.key])
		}
		*f.dst = v
	}
	if m["open_set"] != "" {
		if h.Strangers, err = strconv.Atoi(m["strangers"]); err != nil {
			return nil, fmt.Errorf("%w: strangers is %q", ErrFormat, m["strangers"])
		}
		if err := json.Unmarshal([]byte(m["open_set"]), &h.OpenSet); err != nil {
			return nil, fmt.Errorf("%w: open_set: %v", ErrFormat, err)
		}
		if err := h.OpenSet.Check(); err != nil || h.Strangers < 1 {
			return nil, fmt.Errorf("%w: %v; strangers is %d", ErrFormat, err, h.Strangers)
		}
	}
	w, err := s.F32("weights", len(h.Labels), -1)
	if err != nil {
		return nil, err
	}
	h.D, h.Weights = w.Shape[1], w.F32
	c, err := s.F32("centers", len(h.Labels), h.D)
	if err != nil {
		return nil, err
	}
	h.Centers = c.F32
	if len(h.Labels) == 0 || h.D == 0 || !f32.AllFinite(h.Weights) || !f32.AllFinite(h.Centers) {
		return nil, fmt.Errorf("%w: an empty head, or values that are not finite", ErrFormat)
	}
	return h, nil
}
