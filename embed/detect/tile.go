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
	ratio := levelRatio
	if d.free {
		ratio = freeRatio
	}
	levels := int(math.Ceil(math.Log(fine/coarse)/math.Log(ratio) - 1e-9))
	step := math.Pow(fine/coarse, 1/float64(levels))
	for l := 1; l <= levels; l++ {
		before := coarse * math.Pow(step, float64(l-1))
		views = append(views, d.tiles(w, h, coarse*math.Pow(step, float64(l)), 1.3*visible/before, l)...)
	}
	return views
}

// levelRatio is that of a model that takes one size alone: the overlap of its tiles grows with the ratio. Where tiles
// may be of any size they are few and large, and freeRatio lets photos of up to 60 megapixels do with one level.
const levelRatio, freeRatio = 4.0, 10.0

// maxTile bounds the pixels of a tile in the tensor of a model that takes any: of 450,000 UltraFace's own tensors take
// some 30 MB, for each photo at a time.
const maxTile = 450_000

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
	if d.free {
		return freeTiles(w, h, scale, overlap, level)
	}
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

// freeTiles is tiles for a model that takes any size: as few pixels as cover the photo, in tiles of one size.
func freeTiles(w, h int, scale, overlap float64, level int) []view {
	fw, fh := float64(w), float64(h)
	size := func(n float64, k int) float64 { return (n + float64(k-1)*overlap) / float64(k) }
	// An overlap of more than a half of a tile makes more tiles of more pixels; and of tiles that may be so small some
	// have sides of three overlaps.
	limit := max(maxTile, 9*scale*scale*overlap*overlap)
	cols, rows, least := 0, 0, math.Inf(1)
	for n := 1; cols == 0; n++ {
		for c := 1; c <= n; c++ {
			if n%c != 0 {
				continue
			}
			tw, th := size(fw, c), size(fh, n/c)
			if scale*scale*tw*th <= limit && (c == 1 || tw >= 2*overlap) && (n == c || th >= 2*overlap) &&
				tw*th < least {
				cols, rows, least = c, n/c, tw*th
			}
		}
	}
	at := func(n, k, i int, overlap float64) (lo, hi int) {
		s := size(float64(n), k)
		lo = int(float64(i) * (s - overlap))
		return lo, min(n, int(math.Ceil(float64(i)*(s-overlap)+s)))
	}
	// Whole cells of the coarsest map; rounding down by less than a quarter of one costs a face next to nothing, where
	// that is no tenth of the side.
	side := func(n float64) int {
		s := max(1, (int(math.Ceil(scale*n))+3*cell/4)/cell) * cell
		if float64(s) < 0.9*scale*n {
			s += cell
		}
		return s
	}
	tw, th := side(size(fw, cols)), side(size(fh, rows))
	var v []view
	for y := range rows {
		y0, y1 := at(h, rows, y, overlap)
		for x := range cols {
			x0, x1 := at(w, cols, x, overlap)
			v = append(v, view{part: image.Rect(x0, y0, x1, y1), w: tw, h: th, level: level})
		}
	}
	return v
}

// cell is the stride of UltraFace's coarsest map. At other sizes the priors drift from the cells that see them.
const cell = 64

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
