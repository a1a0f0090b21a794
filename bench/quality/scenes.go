package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/models"
)

// samples counts the faces where none are, and those not found, in renditions of the demonstration's group photos.
func (b *bench) samples(store *models.Store) (extra int, err error) {
	missed, n := 0, 0
	for i, want := range []int{3, 3, 3, 4, 5, 4} { // people in each
		_, file, err := store.Load(context.Background(), fmt.Sprintf("sample%d", i+1))
		if err != nil {
			return 0, err
		}
		m, err := embed.DecodeBytes(file, nil)
		if err != nil {
			return 0, err
		}
		r := rand.New(rand.NewPCG(uint64(i), 5))
		for _, mp := range []float64{5, 12, 24} {
			k := math.Sqrt(mp * 1e6 / float64(m.W*m.H))
			large := embed.FromImage(imaging.Resize(m.NRGBA(), int(k*float64(m.W)), 0, imaging.CatmullRom))
			for _, rendition := range []string{"plain", "sharpened", "grain"} {
				if n++; float64(n%10) >= 10*b.share {
					continue
				}
				x := large
				switch rendition {
				case "sharpened":
					x = embed.FromImage(imaging.Sharpen(x.NRGBA(), 1.5*k))
				case "grain":
					x = embed.NewImage(x.W, x.H)
					for j := 0; j < len(x.Pix); j += 3 {
						g := 10 * r.NormFloat64()
						for c := range 3 {
							x.Pix[j+c] = uint8(min(255, max(0, float64(large.Pix[j+c])+g+0.5)))
						}
					}
				}
				found, err := b.p.Detector.Detect(x, nil)
				if err != nil {
					return 0, err
				}
				extra += max(0, len(found)-want)
				missed += max(0, want-len(found))
				if len(found) != want {
					fmt.Printf("  sample%d at %.0f MP, %s: %d faces for %d people\n", i+1, mp, rendition, len(found),
						want)
				}
			}
		}
	}
	fmt.Printf("samples at 5, 12 and 24 MP: %d faces too many, %d missing in a share of %g of 54 renditions\n", extra,
		missed, b.share)
	return extra, nil
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
	const w, h = 4000, 3000
	faces, lost := 0, 0
	for scene := 0; len(paths) > 0; scene++ {
		k := []float64{1, 2, 1.4, 6, 3}[scene%5]
		side := int(150 * k)
		canvas := embed.NewImage(w, h)
		for i := range canvas.Pix {
			canvas.Pix[i] = 110
		}
		var want []embed.Box
		for y := 0; y+side <= h; y += side {
			for x := 0; x+side <= w && len(paths) > 0; x += side {
				m, err := load(paths[0])
				if err != nil {
					return 0, err
				}
				paths = paths[1:]
				f, err := b.p.Faces(m)
				if err != nil {
					return 0, err
				}
				s := embed.FromImage(imaging.Resize(m.NRGBA(), side, side, imaging.Linear))
				for row := range side {
					copy(canvas.Pix[3*((y+row)*w+x):], s.Pix[3*row*side:3*(row+1)*side])
				}
				for _, f := range f {
					at := func(v float32, o int) float32 { return v*float32(k) + float32(o) }
					want = append(want, embed.Box{X0: at(f.Box.X0, x), Y0: at(f.Box.Y0, y), X1: at(f.Box.X1, x),
						Y1: at(f.Box.Y1, y)})
				}
			}
		}
		found, err := b.p.Detector.Detect(canvas, nil)
		if err != nil {
			return 0, err
		}
		for _, box := range want {
			faces++
			hit := false
			for _, f := range found {
				hit = hit || common(box, f.Box) > 0.3
			}
			if !hit {
				lost++
			}
		}
	}
	fmt.Printf("scenes of 12 MP: %d of %d faces lost\n", lost, faces)
	return float64(lost) / float64(faces), nil
}

// common is the intersection over the union of two boxes.
func common(a, b embed.Box) float64 {
	area := func(x embed.Box) float64 { return float64(max(0, x.X1-x.X0)) * float64(max(0, x.Y1-x.Y0)) }
	i := area(embed.Box{X0: max(a.X0, b.X0), Y0: max(a.Y0, b.Y0), X1: min(a.X1, b.X1), Y1: min(a.Y1, b.Y1)})
	return i / (area(a) + area(b) - i)
}
