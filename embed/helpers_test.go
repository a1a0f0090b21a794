package embed

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"faceid/embed/internal/phototest"
	"faceid/internal/golden"
	"faceid/internal/ortest"
	"faceid/models"
)

// store returns the models at hand.
func store(t testing.TB) *models.Store {
	t.Helper()
	return ortest.Store(t)
}

// need skips a test for which something is not on this machine, and fails it where CI says that all must be there.
func need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, models.ErrMissing) && os.Getenv("FACEID_REQUIRE_ORT") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// open returns the pipeline of a pack, closed when the test ends.
func open(t testing.TB, pack string, o *OpenOptions) *Pipeline {
	t.Helper()
	s := store(t)
	p, err := s.Pack(pack)
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := Open(context.Background(), s, p, o)
	need(t, err)
	t.Cleanup(func() { pipe.Close() })
	return pipe
}

type refFace struct {
	Box       [4]float32  `json:"box_xywh"`
	Score     float32     `json:"score"`
	Points    [10]float32 `json:"landmarks5"`
	Trunk     []float32   `json:"trunk"`
	Embedding []float32   `json:"embedding"`
}

func (r refFace) landmarks() (p Landmarks) {
	for i := range p {
		p[i] = Point{X: r.Points[2*i], Y: r.Points[2*i+1]}
	}
	return p
}

func (r refFace) box() Box {
	return Box{X0: r.Box[0], Y0: r.Box[1], X1: r.Box[0] + r.Box[2], Y1: r.Box[1] + r.Box[3]}
}

type refImage struct {
	Image     string  `json:"image"`
	YuNet     refFace `json:"yunet"`
	UltraFace refFace `json:"ultraface"`
}

func reference(t testing.TB) []refImage {
	t.Helper()
	b, err := os.ReadFile(golden.Shared(t, "data", "reference", "lfw24.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Images []refImage }
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Images) != 24 {
		t.Fatalf("%d reference images", len(f.Images))
	}
	return f.Images
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func testPhoto(w, h int) *Image { return &Image{Pix: phototest.Photo(w, h), W: w, H: h} }

func noise(w, h int, seed uint64) *Image { return &Image{Pix: phototest.Noise(w, h, seed), W: w, H: h} }
