package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"faceid/embed"
	"faceid/eval"
)

// turned shows each photo in all four turns and returns the share whose points lie where they lie in the upright one,
// to a fifth of the eyes' distance, and whose Turn is what was done to it.
func turned(p *embed.Pipeline, lfw string, n int) (float64, error) {
	names, err := people(lfw, "peopleDevTest.txt")
	if err != nil {
		return 0, err
	}
	paths, err := photosOf(lfw, names, n)
	if err != nil {
		return 0, err
	}
	right := make([]int, n)
	err = parallel(n, func(i int) error {
		m, err := load(paths[i])
		if err != nil {
			return err
		}
		var up embed.Face
		for q := range 4 {
			f, err := p.Faces(turn(m, q))
			if err != nil {
				return err
			}
			if len(f) == 0 {
				continue
			}
			if q == 0 {
				up = f[0]
			}
			eyes := math.Hypot(float64(up.Points[1].X-up.Points[0].X), float64(up.Points[1].Y-up.Points[0].Y))
			far := 0.0
			for k, v := range f[0].Points {
				x, y := before(m, q, float64(v.X), float64(v.Y))
				far = max(far, math.Hypot(x-float64(up.Points[k].X), y-float64(up.Points[k].Y)))
			}
			if far <= 0.2*eyes && f[0].Turn == (4-q)%4*90 {
				right[i]++
			}
		}
		return nil
	})
	sum := 0
	for _, v := range right {
		sum += v
	}
	share := float64(sum) / float64(4*n)
	fmt.Printf("\nturned: %.2f %% of %d photos in all four turns aligned as upright\n", 100*share, n)
	return share, err
}

// turn turns a picture clockwise by q quarters of a circle.
func turn(m *embed.Image, q int) *embed.Image {
	if q == 0 {
		return m
	}
	m = turn(m, q-1)
	d := embed.NewImage(m.H, m.W)
	for y := range d.H {
		for x := range d.W {
			copy(d.Pix[3*(y*d.W+x):][:3], m.Pix[3*((m.H-1-x)*m.W+y):])
		}
	}
	return d
}

// before is where the point (x, y) of turn(m, q) lies in m.
func before(m *embed.Image, q int, x, y float64) (float64, float64) {
	w, h := float64(m.W-1), float64(m.H-1)
	switch q {
	case 1:
		return y, h - x
	case 2:
		return w - x, h - y
	case 3:
		return w - y, x
	}
	return x, y
}

// view2 embeds the photos of View 2, the first of each pair as whole says and the second as it is, and returns accuracy
// and TAR at FAR 1e-3.
func view2(p *embed.Pipeline, lfw, name string, change changer) (accuracy, tar float64, err error) {
	f, err := os.Open(filepath.Join(lfw, "pairs.txt"))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	pairs, err := eval.ReadLFWPairs(f)
	if err != nil {
		return 0, 0, err
	}
	scores := make([]float64, len(pairs.Pairs))
	err = parallel(len(scores), func(i int) error {
		var v [2][]float32
		for k, photo := range []eval.LFWPhoto{pairs.Pairs[i].A, pairs.Pairs[i].B} {
			m, err := load(filepath.Join(lfw, "images", filepath.FromSlash(photo.Path())))
			if err != nil {
				return err
			}
			f, err := p.Faces(m)
			if err == nil && change != nil && (k == 0 || name != "turned") && len(f) > 0 {
				f, err = p.Faces(change(m, &f[0], rand.New(rand.NewPCG(uint64(i), uint64(k)))))
			}
			if err != nil {
				return err
			}
			if len(f) > 0 {
				v[k] = f[0].Embedding
			}
		}
		if scores[i] = -1; v[0] != nil && v[1] != nil {
			scores[i] = cosine(v[0], v[1])
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	folds, err := pairs.Scores(scores)
	if err != nil {
		return 0, 0, err
	}
	k, err := eval.KFold(folds)
	if err != nil {
		return 0, 0, err
	}
	c, err := eval.ROC(eval.All(folds))
	if err != nil {
		return 0, 0, err
	}
	tar, _ = c.TARAtFAR(1e-3)
	fmt.Printf("View 2, %-14s accuracy %.2f %% ± %.2f, TAR@FAR=1e-3 %.2f %%\n", name+":", 100*k.Accuracy, 100*k.StdErr,
		100*tar)
	return k.Accuracy, tar, nil
}

// changer makes another photo of one whose face is known.
type changer func(*embed.Image, *embed.Face, *rand.Rand) *embed.Image

// anyTurn is a change for view2.
func anyTurn(m *embed.Image, _ *embed.Face, r *rand.Rand) *embed.Image { return turn(m, r.IntN(4)) }

// cropped is a change for view2: the face's box, times times.
func cropped(times float32) changer {
	return func(m *embed.Image, f *embed.Face, _ *rand.Rand) *embed.Image {
		x, y := (f.Box.X0+f.Box.X1)/2, (f.Box.Y0+f.Box.Y1)/2
		w, h := times*(f.Box.X1-f.Box.X0)/2, times*(f.Box.Y1-f.Box.Y0)/2
		x0, y0, x1, y1 := max(0, int(x-w)), max(0, int(y-h)), min(m.W, int(x+w)), min(m.H, int(y+h))
		d := embed.NewImage(x1-x0, y1-y0)
		for i := range d.H {
			copy(d.Pix[3*i*d.W:3*(i+1)*d.W], m.Pix[3*((y0+i)*m.W+x0):])
		}
		return d
	}
}
