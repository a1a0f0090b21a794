package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/jpeg"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// slow is a detector whose answers take longer for photos that come first, so that order is not kept by chance.
type slow struct{ n int }

func (s slow) Detect(m *Image, _ *DetectOptions) ([]Detection, error) {
	time.Sleep(time.Duration(s.n-m.W) * 200 * time.Microsecond)
	p := Template
	return []Detection{{Box: Box{X0: 0, Y0: 0, X1: float32(m.W), Y1: float32(m.H)}, Score: 1, Points: &p}}, nil
}
func (slow) Close() error { return nil }

func inputs(n int) iter.Seq[Input] {
	return func(yield func(Input) bool) {
		for i := range n {
			if !yield(Input{Path: fmt.Sprint(i), Image: NewImage(i+1, 60)}) {
				return
			}
		}
	}
}

func TestRunOrder(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		p := &Pipeline{Detector: slow{50}, Workers: workers}
		i := 0
		for ph := range p.Run(t.Context(), inputs(50)) {
			if ph.Index != i || ph.Path != fmt.Sprint(i) || ph.Width != i+1 || ph.Err != nil || len(ph.Faces) != 1 {
				t.Fatalf("place %d holds %+v", i, ph)
			}
			i++
		}
		if i != 50 {
			t.Fatalf("%d photos", i)
		}
	}
}

// TestRunBounded: the input is read no faster than the answers are taken.
func TestRunBounded(t *testing.T) {
	read := 0
	in := func(yield func(Input) bool) {
		for x := range inputs(1000) {
			read++
			if !yield(x) {
				return
			}
		}
	}
	p := &Pipeline{Detector: slow{0}, Workers: 2}
	done := 0
	for range p.Run(t.Context(), in) {
		if done++; done == 3 {
			time.Sleep(50 * time.Millisecond)
			break
		}
	}
	if read > 3+4*2+2 { // Run has returned, so nothing writes read any more
		t.Errorf("%d inputs read for %d answers", read, done)
	}
}

// TestRunStops: early break and cancel end all goroutines.
func TestRunStops(t *testing.T) {
	before := runtime.NumGoroutine()
	p := &Pipeline{Detector: slow{200}, Workers: 3}
	for range p.Run(t.Context(), inputs(200)) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for range p.Run(ctx, inputs(200)) {
		if n++; n == 2 {
			cancel()
		}
	}
	if n != 2 {
		t.Errorf("%d photos after a cancel at the second", n)
	}
	for range p.Run(ctx, inputs(5)) {
		t.Error("a cancelled run yields")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestRunErrors(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.jpg")
	if err := os.WriteFile(bad, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, NewImage(40, 40), nil); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "good.jpg")
	if err := os.WriteFile(good, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Pipeline{Detector: slow{0}}
	var got []Photo
	for ph := range p.Run(t.Context(), Files(bad, good, filepath.Join(dir, "none.jpg"), dir)) {
		got = append(got, ph)
	}
	if len(got) != 4 || !errors.Is(got[0].Err, ErrFormat) || got[1].Err != nil ||
		!errors.Is(got[2].Err, os.ErrNotExist) || got[3].Err == nil {
		t.Fatalf("got %+v", got)
	}
	for _, i := range []int{0, 2, 3} {
		if got[i].Faces != nil || strings.Count(got[i].Err.Error(), got[i].Path) != 1 {
			t.Errorf("photo %d: %v", i, got[i].Err)
		}
	}
	if got[1].SHA256 == [32]byte{} || len(got[1].Faces) != 1 {
		t.Errorf("good photo: %+v", got[1])
	}
}

func TestPick(t *testing.T) {
	d := func() []Detection {
		return []Detection{{Box: Box{X0: 0, Y0: 0, X1: 10, Y1: 10}, Score: 0.9},
			{Box: Box{X0: 40, Y0: 40, X1: 60, Y1: 60}, Score: 0.7},
			{Box: Box{X0: 60, Y0: 0, X1: 100, Y1: 40}, Score: 0.8}}
	}
	for _, c := range []struct {
		p    Pipeline
		want []float32
	}{
		{Pipeline{}, []float32{0.8, 0.7, 0.9}},
		{Pipeline{MaxFaces: 2}, []float32{0.8, 0.7}},
		{Pipeline{Select: SelectLargest}, []float32{0.8}},
		{Pipeline{Select: SelectCentral}, []float32{0.7}},
	} {
		got := pick(&c.p, d(), func(d Detection) Box { return d.Box }, 100, 100)
		if len(got) != len(c.want) {
			t.Fatalf("%+v: %v", c.p, got)
		}
		for i := range got {
			if got[i].Score != c.want[i] {
				t.Errorf("%+v: %v", c.p, got)
			}
		}
	}
}

// TestEmbedder: views, batches and the trunk fit together, and the rewritten graph answers as the file does.
func TestEmbedder(t *testing.T) {
	p := open(t, "default", nil)
	e := p.Embedder
	var crops []*Image
	for i := range 11 {
		c := NewImage(CropSize, CropSize)
		for k := range c.Pix {
			c.Pix[k] = uint8(k*(i+3)/7) ^ uint8(k>>9)
		}
		crops = append(crops, c)
	}
	all, err := e.Embed(crops, true)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range crops {
		one, err := e.Embed([]*Image{c}, true)
		if err != nil {
			t.Fatal(err)
		}
		if s := cosine(one[0].Unit, all[i].Unit); s < 1-1e-5 {
			t.Errorf("crop %d: cosine %v between batch and single", i, s)
		}
		m, err := e.Embed([]*Image{c.Mirror()}, true)
		if err != nil {
			t.Fatal(err)
		}
		if s := cosine(m[0].Unit, all[i].Unit); s < 1-1e-5 {
			t.Errorf("crop %d: cosine %v between a crop and its mirror image, both with two views", i, s)
		}
		a, _ := e.Embed([]*Image{c}, false)
		b, _ := e.Embed([]*Image{c.Mirror()}, false)
		for k := range a[0].Trunk {
			if d := math.Abs(float64((a[0].Trunk[k]+b[0].Trunk[k])/2 - all[i].Trunk[k])); d > 1e-3 {
				t.Fatalf("crop %d: trunk %d is off the mean of the views by %v", i, k, d)
			}
		}
		if math.Abs(l2(all[i].Unit)-1) > 1e-5 {
			t.Errorf("crop %d: norm %v", i, l2(all[i].Unit))
		}
	}
	if _, err := e.Embed([]*Image{NewImage(10, 10)}, false); err == nil {
		t.Error("a crop of 10 × 10 is taken")
	}
}

func TestAligned(t *testing.T) {
	p := open(t, "default", &OpenOptions{NoDetector: true})
	for _, size := range []int{CropSize, 224} {
		f, err := p.Faces(NewImage(size, size))
		if err != nil || len(f) != 1 || len(f[0].Embedding) != p.Embedder.Dim() ||
			len(f[0].Trunk) != p.Embedder.TrunkDim() {
			t.Fatalf("%d: %v, %v", size, f, err)
		}
	}
}

// A photo that Input.Known knows is not decoded; its label and checksum come out with the others', in order.
func TestRunKnown(t *testing.T) {
	p := &Pipeline{Detector: slow{1}}
	var asked [32]byte
	in := []Input{
		{Path: "a", Label: "Ada", Data: []byte("not a picture"), Known: func(sum [32]byte) bool {
			asked = sum
			return true
		}},
		{Path: "b", Label: "Bob", Data: []byte("not a picture"), Known: func([32]byte) bool { return false }},
	}
	var got []Photo
	for ph := range p.Run(t.Context(), slices.Values(in)) {
		got = append(got, ph)
	}
	sum := sha256.Sum256([]byte("not a picture"))
	if len(got) != 2 || !got[0].Known || got[0].Err != nil || got[0].Label != "Ada" || got[0].SHA256 != sum ||
		asked != sum {
		t.Errorf("the known photo: %+v", got)
	}
	if got[1].Known || got[1].Err == nil || got[1].Label != "Bob" {
		t.Errorf("the other one: %+v", got[1])
	}
}
