package golden

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"
)

// Training is what stands in the goldens of fine-tuning; testdata/formats/training-1.json holds it. The base model is
// testdata/onnx/embedder-gemm-bn.onnx.
type Training struct {
	Features   Features   `json:"features"`   // features-1.safetensors
	Head       Head       `json:"head"`       // head-1.safetensors
	Checkpoint Checkpoint `json:"checkpoint"` // checkpoint-1.safetensors
}

// Features is a cache of trunk features.
type Features struct {
	Key    string    `json:"key"`
	Trunk  int       `json:"trunk"` // values per row
	Rows   []View    `json:"rows"`
	First  []float32 `json:"first"`  // the first row's trunk feature
	Values string    `json:"values"` // Digest of all rows
}

// View is one row: a view of a photo.
type View struct {
	Person string `json:"person"`
	Photo  string `json:"photo"`
	Kind   string `json:"kind"`
}

// Head is what scores the people that a model was trained on.
type Head struct {
	Labels        []string    `json:"labels"`
	Dim           int         `json:"dim"`
	Weights       string      `json:"weights"` // Digest
	Centers       string      `json:"centers"` // Digest
	Loss          string      `json:"loss"`
	Margin        float64     `json:"margin"`
	Scale         float64     `json:"scale"`
	KnownDistance float64     `json:"known_distance"`
	Model         string      `json:"model"` // SHA-256 of tuned-1.onnx
	Probe         []float32   `json:"probe"`
	Found         []Candidate `json:"found"` // the three best
}

// Candidate is one person for a probe.
type Candidate struct {
	Label       string  `json:"label"`
	Cosine      float64 `json:"cosine"`
	Probability float64 `json:"probability"`
	Distance    float64 `json:"distance"`
	Known       bool    `json:"known"`
}

// Checkpoint is a training of the features that was broken off, and how it ended.
type Checkpoint struct {
	Config  json.RawMessage `json:"config"`  // of the training
	Step    int             `json:"step"`    // of all, at the break
	History json.RawMessage `json:"history"` // the learning curve of the whole training
	Epochs  int             `json:"epochs"`  // lines of it that the checkpoint holds
	Best    int             `json:"best"`    // epoch
	W       []float32       `json:"w"`       // the layer at the end
	B       []float32       `json:"b"`
}

// ReadTraining returns what the goldens of fine-tuning hold.
func ReadTraining(t testing.TB) *Training {
	t.Helper()
	var r Training
	readJSON(t, &r, "formats", "training-1.json")
	return &r
}

// Digest is the SHA-256 of the values as little-endian float32, in lower-case hex.
func Digest(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
