package golden

import "testing"

// Photos is what OpenCV and numpy see in the sample photos of the catalogue, with UltraFace, the model of 68 points and
// the default embedder, in windows of WindowW × WindowH pixels. testdata/photos/samples.json holds it.
type Photos struct {
	MadeBy  string      `json:"made_by"`
	Faces   []Face      `json:"faces"`
	Cosines [][]float64 `json:"cosines"` // of every face with every face
}

// WindowW and WindowH are the size of a window: twice that of UltraFace's input, a size that everybody shrinks alike.
const WindowW, WindowH = 640, 480

// Face is one face, in pixels of its window.
type Face struct {
	Photo  string        `json:"photo"`
	Window [2]int        `json:"window"` // its upper left corner in the photo
	Box    [4]float32    `json:"box"`    // x0, y0, x1, y1
	Score  float32       `json:"score"`
	Points [5][2]float32 `json:"points"`
	Norm   float32       `json:"norm"` // of the embedding
}

// ReadPhotos returns what stands in the sample photos.
func ReadPhotos(t testing.TB) *Photos {
	t.Helper()
	var p Photos
	readJSON(t, &p, "photos", "samples.json")
	return &p
}
