package embed

import "math"

// MainFace returns the index of the face that a photo of w × h pixels is of, and whether it clearly leads: a large face
// before small ones in the background does, of two friends side by side none. It returns −1 and false for no faces.
//
// A face weighs its box's area, times 1 in the photo's middle to one half in its corners, times Quality.Usable. The
// heaviest is the main one, and leads when it weighs leads times as much as the next.
func MainFace(faces []Face, w, h int) (main int, clear bool) {
	main = -1
	var first, second float64
	for i := range faces {
		switch x := weight(&faces[i], w, h); {
		case main < 0 || x > first:
			main, first, second = i, x, first
		case x > second:
			second = x
		}
	}
	return main, main >= 0 && first >= leads*second
}

// leads is how many times as much as the next face the main one weighs: at one distance from the middle and with one
// quality, its sides are 1.6 times as long.
const leads = 2.5

// weight is how much of a photo of w × h pixels a face is.
func weight(f *Face, w, h int) float64 {
	x, y := float64(f.Box.X0+f.Box.X1)-float64(w), float64(f.Box.Y0+f.Box.Y1)-float64(h)
	away := min(1, math.Hypot(x, y)/math.Hypot(float64(w), float64(h)))
	return float64(f.Box.Area()) * (1 - away/2) * float64(f.Quality.Usable)
}
