package embed

import "io"

// Input is one photo for the pipeline: the file at Path, or Data or what Reader gives where one is set, or Image where
// it is decoded already.
type Input struct {
	Path   string    // also copied to Photo.Path
	Label  string    // whose photo it is, where that is known; copied to Photo.Label
	Data   []byte    // content of the file; nil: read Reader, or Path
	Reader io.Reader // content of the file, read to its end, for standard input; nil: read Path
	Image  *Image    // the upright picture; nil: decode

	// Known tells of a photo by its SHA-256 whether it was seen before. If so it is not analysed, and Photo.Known is
	// set. It is called on the pipeline's goroutines. Nil: no photo is known. It is not asked of an Image.
	Known func(sha256 [32]byte) bool
}

// Quality are a face's figures of merit. Nothing is rejected by them here: package recognize decides.
type Quality struct {
	Score     float32 `json:"score"`     // detector score in [0, 1]
	Size      float32 `json:"size"`      // pixels: the shorter side of the box
	Sharpness float32 `json:"sharpness"` // in [0, 1): variance of the crop's Laplacian v as v/(v+c)
	Frontal   float32 `json:"frontal"`   // in [0, 1], 1 is frontal: from the five points' symmetry
	Norm      float32 `json:"norm"`      // L2 norm of the embedding before normalisation
	// Usable in [0, 1] tells how far an embedder's false accept rates hold for the face: below LeastUsable they do not,
	// and the face may pass for anybody's whose photo is as poor. It is 1 where the embedder's entry does not say.
	Usable float32 `json:"usable"`
	// Reason is why a face is below LeastUsable: "small", "dark", "turned" (away), "blurred", "noisy", "compressed" or
	// "covered".
	Reason string `json:"reason,omitempty"`
}

// Face is one face of a photo.
type Face struct {
	Box       Box
	Points    Landmarks
	Turn      int // degrees clockwise by which the photo was turned to stand the face upright: 0, 90, 180 or 270
	Quality   Quality
	Embedding []float32 // unit length, Dim values
	// input of the embedder's last dense layer, mean over the views, so that Embedding is the unit vector of W·Trunk +
	// b; nil where it cannot be tapped
	Trunk []float32
	Views [][]float32 // trunk features of the crop changed by each of Pipeline.Views, one view each
}

// Photo is the answer of the pipeline for one input, in input order.
type Photo struct {
	Index         int // position in the input, from 0
	Path          string
	Label         string   // Input.Label
	SHA256        [32]byte // of the file's bytes
	Known         bool     // Input.Known knew the photo: it was not analysed
	Width, Height int      // pixels of the upright image
	Faces         []Face   // largest box first
	Remark        string   // what is wrong with the file without hiding a pixel, in words; empty if nothing is
	Err           error    // why the photo could not be read or analysed; Faces is nil then
}

// scaledBy multiplies all places in a face by k.
func (f *Face) scaledBy(k float32) {
	f.Box = f.Box.Scale(k)
	for i, p := range f.Points {
		f.Points[i] = Point{X: k * p.X, Y: k * p.Y}
	}
	f.Quality.Size *= k
}
