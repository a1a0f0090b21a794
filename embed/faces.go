package embed

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// Faces analyses a decoded photo on the caller's goroutine: the faces that the pipeline's fields ask for, largest box first.
func (p *Pipeline) Faces(m *Image) ([]Face, error) {
	var faces []Face
	var crops []*Image
	if p.Aligned {
		crop := m
		if m.W != CropSize || m.H != CropSize {
			crop = scaled(m, CropSize, CropSize)
		}
		sx, sy := float32(m.W)/CropSize, float32(m.H)/CropSize
		f := Face{Box: Box{-0.5, -0.5, float32(m.W) - 0.5, float32(m.H) - 0.5}, Quality: Quality{Score: 1, Frontal: 1}}
		for i, t := range Template {
			f.Points[i] = Point{(t.X+0.5)*sx - 0.5, (t.Y+0.5)*sy - 0.5}
		}
		faces, crops = []Face{f}, []*Image{crop}
	} else {
		if p.Detector == nil {
			return nil, errors.New("embed: the pipeline has no detector")
		}
		found, err := p.Detector.Detect(m, &p.Detect)
		if err != nil {
			return nil, err
		}
		for _, d := range p.pick(found, m.W, m.H) {
			if err := m.alive(); err != nil {
				return nil, err
			}
			f := Face{Box: d.Box, Quality: Quality{Score: d.Score}}
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
				continue // no face has such points: what was found is none
			}
			if err != nil {
				return nil, err
			}
			f.Quality.Frontal = Frontal(f.Points)
			faces, crops = append(faces, f), append(crops, crop)
		}
	}
	for i := range faces {
		faces[i].Quality.Size = faces[i].Box.side()
		faces[i].Quality.Sharpness = Sharpness(crops[i])
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
	}
	return faces, p.views(faces, crops)
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
func (p *Pipeline) pick(d []Detection, w, h int) []Detection {
	if len(d) == 0 {
		return nil
	}
	slices.SortStableFunc(d, func(a, b Detection) int { return cmp.Compare(b.Box.area(), a.Box.area()) })
	switch p.Select {
	case SelectLargest:
		return d[:1]
	case SelectCentral:
		away := func(x Detection) float64 {
			return math.Hypot(float64(x.Box.X0+x.Box.X1-float32(w))/2, float64(x.Box.Y0+x.Box.Y1-float32(h))/2)
		}
		return []Detection{slices.MinFunc(d, func(a, b Detection) int { return cmp.Compare(away(a), away(b)) })}
	}
	if p.MaxFaces > 0 {
		d = d[:min(p.MaxFaces, len(d))]
	}
	return d
}

// scaled returns m stretched to w × h.
func scaled(m *Image, w, h int) *Image {
	buf := make([]float32, 3*w*h)
	n, _ := newNorm("RGB", nil, nil)
	m.stretch(buf, w, h, n, &fitOptions{Area: true})
	d := NewImage(w, h)
	for i := range w * h {
		for c := range 3 {
			d.Pix[3*i+c] = uint8(max(0, min(255, buf[c*w*h+i]+0.5)))
		}
	}
	return d
}
