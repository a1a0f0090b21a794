package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"faceid/eval"
)

func plotLines(t *testing.T) []Line {
	r := rand.New(rand.NewPCG(1, 2))
	g, i := make([]float64, 3000), make([]float64, 3000)
	for k := range g {
		g[k], i[k] = r.NormFloat64()+4, r.NormFloat64()
	}
	c, err := eval.ROC(g, i)
	if err != nil {
		t.Fatal(err)
	}
	return []Line{Curve("ours", c), Published(eval.PublishedCurve{Name: "another", TAR: []float64{0.2, 0.5, 1},
		FAR: []float64{0, 0.1, 1}})}
}

func TestPlots(t *testing.T) {
	lines := plotLines(t)
	for name, write := range map[string]func(io.Writer, string, []Line, *Options) error{"roc": ROC, "det": DET} {
		var b bytes.Buffer
		if err := write(&b, "out/"+name+".PNG", lines, &Options{Title: name, Width: 400, Height: 300}); err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("FACEID_PLOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".png"), b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, err := png.Decode(&b)
		if err != nil || m.Bounds().Dx() != 400 || m.Bounds().Dy() != 300 {
			t.Fatalf("%s: %v, %v", name, m.Bounds(), err)
		}
		// The line's colour is there.
		seen := false
		wr, wg, wb, _ := palette[0].RGBA()
		for y := range 300 {
			for x := range 400 {
				r, g, b, _ := m.At(x, y).RGBA()
				seen = seen || r == wr && g == wg && b == wb
			}
		}
		if !seen {
			t.Errorf("%s: no line drawn", name)
		}
		b.Reset()
		if err := write(&b, "svg", lines, nil); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(&b)
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, bad := range []*Options{
			{MinFAR: -1}, {MinFAR: 1}, {MinFAR: math.NaN()}, {MinTAR: 1}, {MaxFNMR: 1e-9}, {MaxFNMR: 1}, {Width: 1e6},
			{Height: -1},
		} {
			if err := write(io.Discard, "png", lines, bad); !errors.Is(err, eval.ErrOption) {
				t.Errorf("%s, %+v: %v", name, bad, err)
			}
		}
		if err := write(io.Discard, "gif", lines, nil); !errors.Is(err, eval.ErrOption) {
			t.Error(err)
		}
		if err := write(io.Discard, "png", nil, nil); !errors.Is(err, eval.ErrEmpty) {
			t.Error(err)
		}
		for _, l := range []Line{{}, {FAR: []float64{0}}, {FAR: []float64{math.NaN()}, TAR: []float64{0}}} {
			if err := write(io.Discard, "png", []Line{l}, nil); !errors.Is(err, eval.ErrOption) {
				t.Errorf("%+v: %v", l, err)
			}
		}
		if err := write(failing{}, "svg", lines, nil); !errors.Is(err, io.ErrShortWrite) {
			t.Error(err)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
