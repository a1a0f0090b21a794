package golden

import "testing"

// ONNX is what stands in the small models of testdata/onnx, and what they answer; models.json holds it. Every value
// was computed by plain loops in float64.
type ONNX struct {
	Embedders []Embedder `json:"embedders"`
	Points    Answer     `json:"points"`    // points68.onnx on Gray(0), x/256, of 64 × 64
	UltraFace []Answer   `json:"ultraface"` // ultraface.onnx on Scene, RGB, (x-127)/128
	YuNet     []Answer   `json:"yunet"`     // yunet.onnx on Scene, BGR, as it is, with 16 rows of black below
}

// Embedder is a model that ends in a dense layer y = W·t + b of the trunk feature t. It takes crops of 112 × 112, RGB,
// (x-127.5)/127.5.
type Embedder struct {
	File      string      `json:"file"`
	Op        string      `json:"op"`         // node of the last dense layer: Gemm, MatMul or Conv
	BatchNorm bool        `json:"batch_norm"` // behind it
	Trunk     string      `json:"trunk"`      // tensor
	Out       string      `json:"out"`        // tensor
	Dim       int         `json:"dim"`
	In        int         `json:"in"`
	W         []float32   `json:"w"`       // dim × in, the BatchNormalization folded in
	B         []float32   `json:"b"`       // dim
	Trunks    [][]float32 `json:"trunks"`  // of Crop(0), Crop(1), …
	Outputs   [][]float32 `json:"outputs"` // of the same, not normalised
}

// Answer is an output of a model.
type Answer struct {
	Output string    `json:"output"`
	Shape  []int64   `json:"shape"`
	Values []float32 `json:"values"`
}

// ReadONNX returns what the small models are and answer.
func ReadONNX(t testing.TB) *ONNX {
	t.Helper()
	var o ONNX
	readJSON(t, &o, "onnx", "models.json")
	return &o
}

// Pixels returns w × h made-up pixels of RGB, row by row, other ones for each k.
func Pixels(w, h, k int) []byte {
	p := make([]byte, 3*w*h)
	for i := range p {
		x, y, c := i/3%w, i/3/w, i%3
		p[i] = byte((x*(c+2+k) + y*(5-c) + x*y/(17+k) + 40*c) % 256)
	}
	return p
}

// Crop is a picture in the size of an aligned face.
func Crop(k int) []byte { return Pixels(112, 112, k) }

// Gray returns 64 × 64 pixels of one channel.
func Gray(k int) []byte {
	p := make([]byte, 64*64)
	for i, rgb := 0, Pixels(64, 64, k); i < len(p); i++ {
		p[i] = rgb[3*i]
	}
	return p
}

// SceneW and SceneH are the size of Scene, in pixels.
const SceneW, SceneH = 64, 48

// SceneFace is what the small detectors take for a face in Scene: a red square, its corners in pixels.
var SceneFace = [4]int{20, 4, 52, 36}

// Scene is a grey picture with one red square, of RGB, row by row.
func Scene() []byte {
	p := make([]byte, 3*SceneW*SceneH)
	for i := range p {
		x, y, c := i/3%SceneW, i/3/SceneW, i%3
		p[i] = byte(90 + (7*x+11*y)%32)
		if f := SceneFace; x >= f[0] && y >= f[1] && x < f[2] && y < f[3] {
			p[i] = [3]byte{250, 20, 30}[c]
		}
	}
	return p
}

// Tensor turns pixels of RGB into planes of (x - mean) / std in the order of channels, 0 for red.
func Tensor(rgb []byte, channels [3]int, mean, std float32) []float32 {
	n := len(rgb) / 3
	t := make([]float32, 3*n)
	for k, c := range channels {
		for i := range n {
			t[k*n+i] = (float32(rgb[3*i+c]) - mean) / std
		}
	}
	return t
}
