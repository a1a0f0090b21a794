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
func (b *bench) turned(n int) (float64, error) {
	names, err := people(b.lfw, "peopleDevTest.txt")
	if err != nil {
		return 0, err
	}
	paths, err := photosOf(b.lfw, names, n)
	if err != nil {
		return 0, err
	}
	var up []embed.Face
	sum := 0
	for q := range 4 {
		found, err := b.faces(fmt.Sprintf("turned %d", 90*q), n, func(i int) (embed.Face, error) {
			m, err := load(paths[i])
			if err != nil {
				return embed.Face{}, err
			}
			f, err := b.face(turn(m, q))
			for k, v := range f.Points {
				x, y := before(m, q, float64(v.X), float64(v.Y))
				f.Points[k] = embed.Point{X: float32(x), Y: float32(y)}
			}
			return f, err
		})
		if err != nil {
			return 0, err
		}
		if q == 0 {
			up = found
		}
		right := 0
		for i, f := range found {
			far := 0.0
			for k, v := range f.Points {
				far = max(far, distance(v, up[i].Points[k]))
			}
			if f.Embedding != nil && f.Turn == (4-q)%4*90 && far <= 0.2*distance(up[i].Points[0], up[i].Points[1]) {
				right++
			}
		}
		fmt.Printf("turned by %3d°: %d of %d aligned as upright\n", 90*q, right, n)
		sum += right
	}
	share := float64(sum) / float64(4*n)
	fmt.Printf("turned: %.2f %% of %d photos in all four turns aligned as upright\n", 100*share, n)
	return share, nil
}

func distance(a, b embed.Point) float64 { return math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)) }

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

// view2 is the protocol's pairs, or the share of them that is measured, and the faces of its photos as they are.
type view2 struct {
	eval.LFWPairs
	photos []string
	whole  []embed.Face
	index  map[string]int // in photos
}

func (b *bench) view2() (*view2, error) {
	f, err := os.Open(filepath.Join(b.lfw, "pairs.txt"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pairs, err := eval.ReadLFWPairs(f)
	if err != nil {
		return nil, err
	}
	v := &view2{LFWPairs: pairs, index: map[string]int{}}
	v.Pairs = nil
	for i, p := range pairs.Pairs {
		if float64(i%100) < 100*b.share {
			v.Pairs = append(v.Pairs, p)
		}
	}
	for _, p := range v.Pairs {
		for _, photo := range []string{p.A.Path(), p.B.Path()} {
			if _, ok := v.index[photo]; !ok {
				v.index[photo] = len(v.photos)
				v.photos = append(v.photos, photo)
			}
		}
	}
	v.whole, err = b.faces("view2", len(v.photos), func(i int) (embed.Face, error) {
		m, err := b.photo(v.photos[i])
		if err != nil {
			return embed.Face{}, err
		}
		return b.face(m)
	})
	return v, err
}

func (b *bench) photo(path string) (*embed.Image, error) {
	return load(filepath.Join(b.lfw, "images", filepath.FromSlash(path)))
}

// figures are accuracy and TAR at FAR 1e-3; a[i] and b[i] are the faces of pair i.
func (v *view2) figures(name string, a, b []embed.Face) (accuracy, tar float64, err error) {
	scores := make([]float64, len(v.Pairs))
	for i := range scores {
		if scores[i] = -1; a[i].Embedding != nil && b[i].Embedding != nil {
			scores[i] = cosine(a[i].Embedding, b[i].Embedding)
		}
	}
	folds, err := v.Scores(scores)
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
	fmt.Printf("View 2, %-14s accuracy %.2f %% ± %.2f, TAR@FAR=1e-3 %.2f %%, %d pairs\n", name+":", 100*k.Accuracy,
		100*k.StdErr, 100*tar, len(scores))
	return k.Accuracy, tar, nil
}

// sides are the faces of all pairs, of those of all photos.
func (v *view2) sides(of []embed.Face) (a, b []embed.Face) {
	for _, p := range v.Pairs {
		a, b = append(a, of[v.index[p.A.Path()]]), append(b, of[v.index[p.B.Path()]])
	}
	return a, b
}

// turnedView2 is the accuracy with the first photo of each pair turned at random.
func (b *bench) turnedView2() (float64, error) {
	v, err := b.view2()
	if err != nil {
		return 0, err
	}
	whole, second := v.sides(v.whole)
	first, err := b.faces("view2 turned", len(v.Pairs), func(i int) (embed.Face, error) {
		q := rand.New(rand.NewPCG(uint64(i), 0)).IntN(4)
		if q == 0 {
			return whole[i], nil
		}
		m, err := b.photo(v.Pairs[i].A.Path())
		if err != nil {
			return embed.Face{}, err
		}
		return b.face(turn(m, q))
	})
	if err != nil {
		return 0, err
	}
	if _, _, err = v.figures("whole photos", whole, second); err != nil {
		return 0, err
	}
	accuracy, _, err := v.figures("turned", first, second)
	return accuracy, err
}

// crops is how much less the TAR is where all photos are cropped to 1.1 times the face's box.
func (b *bench) crops() (loss float64, err error) {
	v, err := b.view2()
	if err != nil {
		return 0, err
	}
	first, second := v.sides(v.whole)
	_, whole, err := v.figures("whole photos", first, second)
	if err != nil {
		return 0, err
	}
	for _, times := range []float32{1.1, 1, 1.25} {
		name := fmt.Sprintf("crops × %g", times)
		of, err := b.faces(name, len(v.photos), func(i int) (embed.Face, error) {
			m, err := b.photo(v.photos[i])
			if err != nil || v.whole[i].Embedding == nil {
				return embed.Face{}, err
			}
			return b.face(cropped(m, v.whole[i].Box, times))
		})
		if err != nil {
			return 0, err
		}
		first, second := v.sides(of)
		_, tar, err := v.figures(name, first, second)
		if err != nil {
			return 0, err
		}
		if times == 1.1 {
			loss = whole - tar
		}
	}
	return loss, nil
}

// cropped is the part of m round b, times times as large.
func cropped(m *embed.Image, b embed.Box, times float32) *embed.Image {
	x, y := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2
	w, h := times*(b.X1-b.X0)/2, times*(b.Y1-b.Y0)/2
	x0, y0, x1, y1 := max(0, int(x-w)), max(0, int(y-h)), min(m.W, int(x+w)), min(m.H, int(y+h))
	d := embed.NewImage(x1-x0, y1-y0)
	for i := range d.H {
		copy(d.Pix[3*i*d.W:3*(i+1)*d.W], m.Pix[3*((y0+i)*m.W+x0):])
	}
	return d
}
