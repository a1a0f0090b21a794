package embed

import (
	"slices"

	"faceid/embed/detect"
	"faceid/embed/photo"
	"faceid/embed/resample"
)

// again looks once more, with more round it, at each of the largest faces that fill the photo and stand less well than
// upright ones do, and takes what stands better in its place. In a photo that a face fills, the detector often boxes a
// part of it, or a face too high, and then the points are wrong: of View 1's training people cropped to 1.1 times the
// face's box every sixtieth, which are nearly all of those that their own photos no longer match.
func (p *Pipeline) again(m *Image, found []sight) ([]sight, error) {
	doubt, clearly, known := p.bounds()
	if !known {
		return found, nil
	}
	looked := 0
	for i := 0; i < len(found) && looked < maxTurned; i++ {
		z := p.upright(&found[i].Face)
		if z >= doubt || !fills(m, found[i].Box) {
			continue
		}
		looked++
		seen, err := p.around(m, found, i)
		if err != nil {
			return nil, err
		}
		moved := false
		for _, s := range seen {
			if x := p.upright(&s.Face); x > z+clearly/2 {
				found[i], z, moved = s, x, true
			}
		}
		if moved { // of the others none is a part of it
			f := found[i].Box
			found = append(found[:i+1], slices.DeleteFunc(found[i+1:], func(o sight) bool {
				return p.doubtful(&o.Face) && photo.Overlap(o.Box, f) > 0.65*o.Box.Area()
			})...)
		}
	}
	return found, nil
}

// fills says whether a face is so large a part of the photo that the detector may have missed what is round it: a fifth
// of the shorter side. Smaller ones had a second look with their surroundings when they were confirmed.
func fills(m *Image, b Box) bool { return 5*max(b.X1-b.X0, b.Y1-b.Y0) >= float32(min(m.W, m.H)) }

// around looks at found[i] in a window of four times its size, of twice the photo's at most, and returns what is seen
// in its place: of detections the two with the best scores.
func (p *Pipeline) around(m *Image, found []sight, i int) ([]sight, error) {
	f := found[i].Box
	b := f.Square(4)
	if all := (Box{X1: float32(m.W), Y1: float32(m.H)}).Square(2); all.X1-all.X0 < b.X1-b.X0 {
		b = all
	}
	w := resample.NewWindow(m, b, 0, 2*detect.LookSide)
	seen, err := p.glance(w.Image)
	if err != nil {
		return nil, err
	}
	var kept []Detection
	for _, d := range seen {
		d.Box = w.Back.Box(d.Box)
		if d.Points != nil {
			q := w.Back.Landmarks(*d.Points)
			d.Points = &q
		}
		other := slices.ContainsFunc(found, func(o sight) bool { return photo.IoU(o.Box, d.Box) > photo.IoU(f, d.Box) })
		if !other && photo.Overlap(d.Box, f) > 0.3*min(d.Box.Area(), f.Area()) && len(kept) < 2 {
			kept = append(kept, d)
		}
	}
	return p.align(m, kept)
}
