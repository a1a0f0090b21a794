package embed

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"faceid/embed/resample"
)

// Faces analyses a decoded photo on the caller's goroutine: the faces that the pipeline's fields ask for, largest box
// first. A face that lies on its side or upside down is turned upright: see Face.Turn.
func (p *Pipeline) Faces(m *Image) ([]Face, error) {
	var found []sight
	var err error
	if p.Aligned {
		found, err = p.alignedFace(m)
	} else {
		found, err = p.search(m)
	}
	if err != nil {
		return nil, err
	}
	faces := make([]Face, len(found))
	crops := make([]*Image, len(found))
	for i, f := range found {
		f.Quality.Reason = reason(m, &f)
		faces[i], crops[i] = f.Face, f.crop
	}
	if p.Embedder == nil {
		return faces, nil
	}
	return faces, p.views(faces, crops)
}

// sight is a face and its aligned crop.
type sight struct {
	Face
	crop *Image
}

// alignedFace takes the whole of m as one aligned crop.
func (p *Pipeline) alignedFace(m *Image) ([]sight, error) {
	crop := m
	if m.W != CropSize || m.H != CropSize {
		crop = resample.Scaled(m, CropSize, CropSize)
	}
	sx, sy := float32(m.W)/CropSize, float32(m.H)/CropSize
	all := Box{X0: -0.5, Y0: -0.5, X1: float32(m.W) - 0.5, Y1: float32(m.H) - 0.5}
	f := Face{Box: all, Quality: Quality{Score: 1, Frontal: 1}}
	for i, t := range Template {
		f.Points[i] = Point{X: (t.X+0.5)*sx - 0.5, Y: (t.Y+0.5)*sy - 0.5}
	}
	return p.judge([]sight{{f, crop}})
}

// search finds the faces of m, upright or not, and picks those that the pipeline's fields ask for.
func (p *Pipeline) search(m *Image) ([]sight, error) {
	if p.Detector == nil {
		return nil, errors.New("embed: the pipeline has no detector")
	}
	found, err := p.standing(m)
	if err != nil {
		return nil, err
	}
	if found, err = p.turned(m, found); err != nil {
		return nil, err
	}
	return pick(p, found, func(f sight) Box { return f.Box }, m.W, m.H), nil
}

// standing analyses the faces of m as if m were upright.
func (p *Pipeline) standing(m *Image) ([]sight, error) {
	o := p.Detect
	o.Largest = p.Select == SelectLargest
	found, err := p.Detector.Detect(m, &o)
	if err != nil {
		return nil, err
	}
	faces, err := p.align(m, pick(p, found, func(d Detection) Box { return d.Box }, m.W, m.H))
	if err != nil {
		return nil, err
	}
	if len(found) > 0 && found[0].Points != nil { // not the box decides where such a detector sees the points
		return faces, nil
	}
	return p.again(m, faces)
}

// align finds the points of faces, cuts their crops out and embeds them. What has points that no face can have is left
// out.
func (p *Pipeline) align(m *Image, found []Detection) ([]sight, error) {
	var faces []sight
	for _, d := range found {
		if err := m.Alive(); err != nil {
			return nil, err
		}
		f := Face{Box: d.Box, Quality: Quality{Score: d.Score}}
		var err error
		switch {
		case d.Points != nil:
			f.Points = *d.Points
		case p.Landmarker != nil:
			if f.Points, err = p.Landmarker.Points(m, d.Box); err != nil && !errors.Is(err, ErrPoints) {
				return nil, err
			}
		default:
			return nil, errNoPoints
		}
		var crop *Image
		if err == nil {
			crop, err = Align(m, f.Points)
		}
		if errors.Is(err, ErrPoints) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f.Quality.Frontal = Frontal(f.Points)
		faces = append(faces, sight{f, crop})
	}
	return p.judge(faces)
}

// judge fills in the quality and, where there is an embedder, the embeddings.
func (p *Pipeline) judge(faces []sight) ([]sight, error) {
	crops := make([]*Image, len(faces))
	for i := range faces {
		f := &faces[i]
		f.Quality.Size = f.Box.Side()
		f.Quality.Sharpness = Sharpness(f.crop)
		f.Quality.Usable = 1
		crops[i] = f.crop
	}
	if p.Embedder == nil || len(faces) == 0 {
		return faces, nil
	}
	es, err := p.Embedder.Embed(crops, p.Mirror)
	if err != nil {
		return nil, err
	}
	for i, e := range es {
		faces[i].Embedding, faces[i].Trunk, faces[i].Quality.Norm = e.Unit, e.Trunk, e.Norm
		faces[i].Quality.Usable = p.Embedder.Usable(e.Trunk)
	}
	return faces, nil
}

// views fills in Face.Views.
func (p *Pipeline) views(faces []Face, crops []*Image) error {
	for i := range faces {
		changed := make([]*Image, len(p.Views))
		for k, a := range p.Views {
			var err error
			if changed[k], err = Augment(crops[i], a); err != nil {
				return err
			}
		}
		es, err := p.Embedder.Embed(changed, false)
		if err != nil {
			return err
		}
		for _, e := range es {
			faces[i].Views = append(faces[i].Views, e.Trunk)
		}
	}
	return nil
}

// pick applies Select and MaxFaces; largest box first.
func pick[T any](p *Pipeline, d []T, box func(T) Box, w, h int) []T {
	if len(d) == 0 {
		return nil
	}
	slices.SortStableFunc(d, func(a, b T) int { return cmp.Compare(box(b).Area(), box(a).Area()) })
	switch p.Select {
	case SelectLargest:
		return d[:1]
	case SelectCentral:
		away := func(x T) float64 {
			b := box(x)
			return math.Hypot(float64(b.X0+b.X1-float32(w))/2, float64(b.Y0+b.Y1-float32(h))/2)
		}
		return []T{slices.MinFunc(d, func(a, b T) int { return cmp.Compare(away(a), away(b)) })}
	}
	if p.MaxFaces > 0 {
		d = d[:min(p.MaxFaces, len(d))]
	}
	return d
}
