package embed

// Point is a place in pixels of the upright source image; (0, 0) is the centre of the top left pixel.
type Point struct{ X, Y float32 }

// Box is an axis-parallel rectangle in pixels of the upright source image, X0 < X1 and Y0 < Y1. It may reach past the
// image.
type Box struct{ X0, Y0, X1, Y1 float32 }

// Landmarks are five points in the order image-left eye, image-right eye, nose tip, image-left mouth corner,
// image-right mouth corner.
type Landmarks [5]Point

// Detection is one face found by a detector, best score first in a list.
type Detection struct {
	Box    Box
	Score  float32    // in [0, 1]
	Points *Landmarks // nil where the detector gives none
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
