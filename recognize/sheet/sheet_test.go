package sheet

import (
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"faceid/embed"
)

// red is a photo of one colour.
func red(t *testing.T, dir string) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 80, 60))
	for i := range m.Pix {
		m.Pix[i] = []byte{255, 0, 0, 255}[i%4]
	}
	file := filepath.Join(dir, "red.jpg")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := jpeg.Encode(f, m, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestWrite: photos stand side by side, what is gone or no photo is grey, the names are below, and nobody else may
// look.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	here, file := red(t, dir), filepath.Join(dir, "sheet.png")
	nan := float32(math.NaN())
	pairs := []Pair{
		{A: Face{Path: here, Box: embed.Box{X0: 10, Y0: 10, X1: 30, Y1: 30}, Name: "Ada"},
			B: Face{Path: "gone.jpg", Name: "Bob"}, Score: "0.500"},
		{A: Face{Path: dir, Box: embed.Box{X1: nan, Y1: nan}},
			B: Face{Path: here, Box: embed.Box{X0: 1e9, X1: 2e9, Y1: 5}}},
		{A: Face{Path: here}},
	}
	if err := Write(file, pairs); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("it shows faces: %v, %v", st.Mode(), err)
	}
	m, err := png.Decode(f)
	if err != nil || m.Bounds() != image.Rect(0, 0, columns*cellW+gap, 2*cellH) {
		t.Fatalf("%v, %v", m.Bounds(), err)
	}
	grey, white := color.NRGBA{128, 128, 128, 255}, color.NRGBA{255, 255, 255, 255}
	near := func(x, y int, want color.NRGBA) {
		t.Helper()
		got := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
		if math.Abs(float64(got.R)-float64(want.R)) > 8 || math.Abs(float64(got.B)-float64(want.B)) > 8 {
			t.Errorf("at %d, %d: %v, want %v", x, y, got, want)
		}
	}
	middle, second := gap+thumb/2, gap+thumb+gap+thumb/2
	near(middle, middle, color.NRGBA{255, 0, 0, 255})
	near(second, middle, grey)
	near(cellW+middle, middle, grey)
	near(cellW+second, middle, grey)
	near(middle, cellH+middle, color.NRGBA{255, 0, 0, 255})
	near(second, cellH+middle, white)
	ink := func(x0, y0 int) (dark int) {
		for y := y0; y < y0+line; y++ {
			for x := x0; x < x0+thumb; x++ {
				if r, _, _, _ := m.At(x, y).RGBA(); r < 0x8000 {
					dark++
				}
			}
		}
		return dark
	}
	if ink(gap, gap+thumb) == 0 || ink(gap+thumb+gap, gap+thumb) == 0 || ink(gap, gap+thumb+line) == 0 {
		t.Error("names or the score are not written")
	}
	if ink(cellW+gap, gap+thumb) != 0 {
		t.Error("something is written where there is no name")
	}
}

// TestMost: a sheet of a million pairs would be no picture.
func TestMost(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sheet.png")
	if err := Write(file, make([]Pair, Most+50)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, err := png.DecodeConfig(f); err != nil || c.Height != Most/columns*cellH {
		t.Errorf("%v, %v", c, err)
	}
}
