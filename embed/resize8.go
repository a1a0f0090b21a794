package embed

import "image"

// fitBytes is letterbox (top left) or stretch of a part of m that lies in it.
func (m *Image) fitBytes(dst []float32, w, h int, n norm, part image.Rectangle, stretch bool) placement {
	if stretch {
		return m.stretch(dst, w, h, n, &fitOptions{Part: part})
	}
	return m.letterbox(dst, w, h, n, &fitOptions{Part: part})
}
