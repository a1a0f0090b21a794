package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/models"
)

// inSamples is how many people each of the demonstration's group photos shows.
var inSamples = []int{3, 3, 3, 4, 5, 4}

// samples counts the faces where none are, and those not found, in renditions of the demonstration's group photos.
func (b *bench) samples(store *models.Store) (extra int, err error) {
	var counts sync.Mutex
	missed := 0
	err = parallel(len(inSamples), func(i int) error {
		_, file, err := store.Load(context.Background(), fmt.Sprintf("sample%d", i+1))
		if err != nil {
			return err
		}
		m, err := embed.DecodeBytes(file, nil)
		if err != nil {
			return err
		}
		n, want := 9*i, inSamples[i]
		return renditions(m, uint64(i), func(name string, x func() *embed.Image) error {
			if n++; float64(n%10) >= 10*b.share {
				return nil
			}
			found, err := b.p.Detector.Detect(x(), nil)
			if err != nil {
				return err
			}
			counts.Lock()
			defer counts.Unlock()
			extra += max(0, len(found)-want)
			missed += max(0, want-len(found))
			if len(found) != want {
				fmt.Printf("  sample%d at %s: %d faces for %d people\n", i+1, name, len(found), want)
			}
			return nil
		})
	})
	fmt.Printf("samples at 5, 12 and 24 MP: %d faces too many, %d missing in a share of %g of 54 renditions\n", extra,
		missed, b.share)
	return extra, err
}

// renditions calls f with m at three sizes, each plain, sharpened and with grain.
func renditions(m *embed.Image, seed uint64, f func(name string, x func() *embed.Image) error) error {
	r := rand.New(rand.NewPCG(seed, 5))
	for _, mp := range []float64{5, 12, 24} {
		k := math.Sqrt(mp * 1e6 / float64(m.W*m.H))
		large := embed.FromImage(imaging.Resize(m.NRGBA(), int(k*float64(m.W)), 0, imaging.CatmullRom))
		for _, v := range []struct {
			name string
			of   func() *embed.Image
		}{
			{"plain", func() *embed.Image { return large }},
			{"sharpened", func() *embed.Image { return embed.FromImage(imaging.Sharpen(large.NRGBA(), 1.5*k)) }},
			{"grain", func() *embed.Image { return grain(large, r) }},
		} {
			if err := f(fmt.Sprintf("%.0f MP, %s", mp, v.name), v.of); err != nil {
				return err
			}
		}
	}
	return nil
}

func grain(m *embed.Image, r *rand.Rand) *embed.Image {
	x := embed.NewImage(m.W, m.H)
	for j := 0; j < len(x.Pix); j += 3 {
		g := 10 * r.NormFloat64()
		for c := range 3 {
			x.Pix[j+c] = uint8(min(255, max(0, float64(m.Pix[j+c])+g+0.5)))
		}
	}
	return x
}

// scenes puts the photos of n people into scenes of 12 megapixels, enlarged 1 to 6 times, and returns the share of the
// faces found in the photo alone that are not found there.
func (b *bench) scenes(n int) (float64, error) {
	names, err := people(b.lfw, "peopleDevTest.txt")
	if err != nil {
		return 0, err
	}
	paths, err := photosOf(b.lfw, names, n)
	if err != nil {
		return 0, err
	}
	var all []scene
	for len(paths) > 0 {
		k := []float64{1, 2, 1.4, 6, 3}[len(all)%5]
		side := int(150 * k)
		in := min(len(paths), (sceneW/side)*(sceneH/side))
		all = append(all, scene{paths[:in], k, side})
		paths = paths[in:]
	}
	var faces, lost atomic.Int64
	err = parallel(len(all), func(i int) error {
		f, l, err := b.scene(all[i])
		faces.Add(int64(f))
		lost.Add(int64(l))
		return err
	})
	fmt.Printf("scenes of 12 MP: %d of %d faces lost\n", lost.Load(), faces.Load())
	return float64(lost.Load()) / float64(faces.Load()), err
}

const sceneW, sceneH = 4000, 3000

// scene is photos, k times enlarged to squares of so many pixels, row by row.
type scene struct {
	paths []string
	k     float64
	side  int
}

// scene counts the faces in the photos of a scene, and those of them that are not found in it.
func (b *bench) scene(s scene) (faces, lost int, err error) {
	canvas := embed.NewImage(sceneW, sceneH)
	for i := range canvas.Pix {
		canvas.Pix[i] = 110
	}
	var want []embed.Box
	for i, path := range s.paths {
		cols := sceneW / s.side
		x, y := i%cols*s.side, i/cols*s.side
		m, err := load(path)
		if err != nil {
			return 0, 0, err
		}
		found, err := b.p.Faces(m)
		if err != nil {
			return 0, 0, err
		}
		p := embed.FromImage(imaging.Resize(m.NRGBA(), s.side, s.side, imaging.Linear))
		for row := range s.side {
			copy(canvas.Pix[3*((y+row)*sceneW+x):], p.Pix[3*row*s.side:3*(row+1)*s.side])
		}
		for _, f := range found {
			want = append(want, f.Box.Scale(float32(s.k)).Shift(float32(x), float32(y)))
		}
	}
	found, err := b.p.Detector.Detect(canvas, nil)
	for _, box := range want {
		if !slices.ContainsFunc(found, func(f embed.Detection) bool { return common(box, f.Box) > 0.3 }) {
			lost++
		}
	}
	return len(want), lost, err
}

// common is the intersection over the union of two boxes.
func common(a, b embed.Box) float64 {
	area := func(x embed.Box) float64 { return float64(max(0, x.X1-x.X0)) * float64(max(0, x.Y1-x.Y0)) }
	i := area(embed.Box{X0: max(a.X0, b.X0), Y0: max(a.Y0, b.Y0), X1: min(a.X1, b.X1), Y1: min(a.Y1, b.Y1)})
	return i / (area(a) + area(b) - i)
}
