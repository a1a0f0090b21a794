package detect

import (
	"image"
	"math"
	"slices"

	"faceid/embed/photo"
)

// plan returns the views in which a detector sees every face of at least minSize pixels, of a photo of w × h pixels.
// The first is the whole photo. Where that shows such a face smaller than the model can see, finer levels of
// overlapping tiles follow, each at most levelRatio times as fine as the one before; the overlap of a level is as wide
// as the smallest face that the level before shows well, so every face lies whole in some view.
func (d *Net) plan(w, h int, minSize float32) []view {
	tw, th := d.inputSize(w, h, minSize)
	views := []view{{part: image.Rect(0, 0, w, h), w: tw, h: th}}
	coarse := d.scale(w, h, tw, th)
	// Never enlarge in tiles: enlarging shows the model nothing new, and costs false faces.
	fine := min(1, visible/float64(minSize))
	if coarse >= 0.9*fine {
		return views
	}
	levels := int(math.Ceil(math.Log(fine/coarse)/math.Log(levelRatio) - 1e-9))
	step := math.Pow(fine/coarse, 1/float64(levels))
	for l := 1; l <= levels; l++ {
		before := coarse * math.Pow(step, float64(l-1))
		views = append(views, d.tiles(w, h, coarse*math.Pow(step, float64(l)), 1.3*visible/before, l)...)
	}
	return views
}

const levelRatio = 4

// inputSize is the tensor for the whole photo: the model's own size, or, for a model that takes any, one with the
// photo's aspect, as long as the default or as minSize asks for, bounded by maxSide.
func (d *Net) inputSize(w, h int, minSize float32) (int, int) {
	if !d.in.Dynamic {
		return d.in.Width, d.in.Height
	}
	long := float64(max(w, h))
	side := max(float64(max(d.in.Width, d.in.Height)), min(long*visible/float64(minSize), maxSide))
	stride := max(d.in.Stride, 1)
	up := func(x int) int {
		return max(1, (int(math.Round(float64(x)*side/long))+stride-1)/stride) * stride
	}
	return up(w), up(h)
}

// Shrink is the most by which the sides of a photo of w × h may be divided, 1, 2, 4 or 8, so that every view still
// shows it shrunk, and a face of an eighth of its longer side is still as large as the crop.
func (d *Net) Shrink(w, h int, minSize float32) int {
	if minSize <= 0 {
		minSize = defaultMinSize
	}
	tw, th := d.inputSize(w, h, minSize)
	need := max(d.scale(w, h, tw, th), min(1, visible/float64(minSize)))
	k := 1
	for k < 8 && 1/float64(2*k) >= need && max(w, h) >= 2*k*8*portrait {
		k *= 2
	}
	return k
}

// portrait is the size in pixels at which a detector's box shows a face as large as the crop does.
const portrait = 180

// scale is the factor at which a photo of w × h is shown in a tensor of tw × th.
func (d *Net) scale(w, h, tw, th int) float64 {
	return min(float64(tw)/float64(w), float64(th)/float64(h))
}

// tiles covers a photo of w × h with tiles shown at the scale, which overlap by at least that many pixels.
func (d *Net) tiles(w, h int, scale, overlap float64, level int) []view {
	iw, ih := d.in.Width, d.in.Height
	cover := func(n, tensor int) (size int, at []int) {
		size = min(n, int(math.Round(float64(tensor)/scale)))
		if size == n {
			return n, []int{0}
		}
		o := min(overlap, float64(size)/2)
		k := int(math.Ceil((float64(n) - o) / (float64(size) - o)))
		for i := range k {
			at = append(at, int(math.Round(float64(i)*float64(n-size)/float64(k-1))))
		}
		return size, at
	}
	tw, xs := cover(w, iw)
	th, ys := cover(h, ih)
	var v []view
	for _, y := range ys {
		for _, x := range xs {
			v = append(v, view{part: image.Rect(x, y, x+tw, y+th), w: iw, h: ih, level: level})
		}
	}
	return v
}

// quarters returns four views of three fifths of the photo's sides each, one for each corner.
func (d *Net) quarters(w, h int) []view {
	tw, th := max(1, w*3/5), max(1, h*3/5)
	iw, ih := d.in.Width, d.in.Height
	var v []view
	for _, y := range []int{0, h - th} {
		for _, x := range []int{0, w - tw} {
			v = append(v, view{part: image.Rect(x, y, x+tw, y+th), w: iw, h: ih, level: 1})
		}
	}
	return v
}

// cuts reports whether the view's edge, where it is not also the photo's, runs through the box or touches it: then the
// view shows a part of a face, and another shows the whole.
func (v view) cuts(b photo.Box, w, h int) bool {
	mx, my := 0.05*(b.X1-b.X0), 0.05*(b.Y1-b.Y0)
	return v.part.Min.X > 0 && b.X0 < float32(v.part.Min.X)+mx ||
		v.part.Min.Y > 0 && b.Y0 < float32(v.part.Min.Y)+my ||
		v.part.Max.X < w && b.X1 > float32(v.part.Max.X)-mx ||
		v.part.Max.Y < h && b.Y1 > float32(v.part.Max.Y)-my
}

// merge is non-maximum suppression over views. Of two views of different levels the finer may take a part of a face, a
// nose or a lens of its spectacles, for a small face, and often with the better score; so there the box that lies
// mostly inside a larger one goes, and never the larger one.
func merge(all []seen, limit float32) []Detection {
	slices.SortStableFunc(all, func(a, b seen) int { return better(a.Detection, b.Detection) })
	var kept []seen
next:
	for _, x := range all {
		for _, k := range kept {
			if photo.IoU(k.Box, x.Box) > limit {
				continue next
			}
		}
		kept = append(kept, x)
	}
	part := func(x seen) bool {
		return slices.ContainsFunc(kept, func(k seen) bool {
			return k.level != x.level && k.Box.Area() > x.Box.Area() && photo.Overlap(k.Box, x.Box) > 0.65*x.Box.Area()
		})
	}
	var d []Detection
	for _, x := range kept {
		if !part(x) {
			d = append(d, x.Detection)
		}
	}
	return d
}

// seen is a detection and the level of the view it comes from.
type seen struct {
	Detection
	level int
}
