package photo

// Point is a place in pixels of the upright source image; (0, 0) is the centre of the top left pixel.
type Point struct{ X, Y float32 }

// Box is an axis-parallel rectangle in pixels of the upright source image, X0 < X1 and Y0 < Y1. It may reach past the
// image.
type Box struct{ X0, Y0, X1, Y1 float32 }

// Landmarks are five points in the order image-left eye, image-right eye, nose tip, image-left mouth corner,
// image-right mouth corner.
type Landmarks [5]Point

// Area is the area of b in square pixels, 0 for an empty box.
func (b Box) Area() float32 { return max(0, b.X1-b.X0) * max(0, b.Y1-b.Y0) }

// Side is the shorter side of b in pixels.
func (b Box) Side() float32 { return min(b.X1-b.X0, b.Y1-b.Y0) }

// Shift is b moved by (x, y).
func (b Box) Shift(x, y float32) Box { return Box{b.X0 + x, b.Y0 + y, b.X1 + x, b.Y1 + y} }

// Scale is b with all places multiplied by f.
func (b Box) Scale(f float32) Box { return Box{f * b.X0, f * b.Y0, f * b.X1, f * b.Y1} }

// Grown is b with each side k times as long, about the same middle.
func (b Box) Grown(k float32) Box {
	x, y := (k-1)/2*(b.X1-b.X0), (k-1)/2*(b.Y1-b.Y0)
	return Box{b.X0 - x, b.Y0 - y, b.X1 + x, b.Y1 + y}
}

// Square is the square about b's middle with sides k times b's longer one.
func (b Box) Square(k float32) Box {
	s := k / 2 * max(b.X1-b.X0, b.Y1-b.Y0)
	x, y := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2
	return Box{x - s, y - s, x + s, y + s}
}

// Overlap is the area in square pixels that a and b share.
func Overlap(a, b Box) float32 {
	return Box{max(a.X0, b.X0), max(a.Y0, b.Y0), min(a.X1, b.X1), min(a.Y1, b.Y1)}.Area()
}

// IoU is intersection over union, in [0, 1].
func IoU(a, b Box) float32 {
	i := Overlap(a, b)
	if i == 0 {
		return 0
	}
	return i / (a.Area() + b.Area() - i)
}
