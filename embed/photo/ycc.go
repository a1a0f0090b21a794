package photo

import "image"

// yccMatrix turns Y'CbCr into R'G'B' in 16-bit fixed point: R = (ky·Y + kr·Cr + cr) >> 16, and so on, clamped to 0…255.
type yccMatrix struct {
	ky, rv, gu, gv, bu int32 // factors of Y, Cr in R, Cb and Cr in G, Cb in B
	r, g, b            int32 // constants; the shift by 128 of the chroma and the rounding are in them
}

func newYCC(ky, y0, rv, gu, gv, bu float64) yccMatrix {
	fix := func(x float64) int32 { return int32(x*65536 + 0.5) }
	m := yccMatrix{ky: fix(ky), rv: fix(rv), gu: -fix(gu), gv: -fix(gv), bu: fix(bu)}
	y := 32768 - int32(ky*y0*65536+0.5)
	m.r, m.g, m.b = y-128*m.rv, y-128*(m.gu+m.gv), y-128*m.bu
	return m
}

var (
	// fullRange is JPEG's: ITU-T T.871, section 7.
	fullRange = newYCC(1, 0, 1.402, 0.34414, 0.71414, 1.772)
	// videoRange is WebP's (RFC 6386, section 9.2: ITU-R BT.601 with Y in 16…235), which x/image/webp hands over
	// unconverted.
	videoRange = newYCC(255./219, 16, 1.402*255/224, 0.34414*255/224, 0.71414*255/224, 1.772*255/224)
)

// fromYCbCr converts at full resolution. Subsampled chroma is interpolated linearly between its sample positions, with
// libjpeg's weights ("fancy upsampling": 3/4 and 1/4 in each halved direction), so that crops match those of OpenCV and
// PIL. Ratios of 4 (4:1:1, 4:1:0) are rare and repeated, as libjpeg does.
func fromYCbCr(m *image.YCbCr, k *yccMatrix) *Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	d := NewImage(w, h)
	sx, sy := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		sx = 2
	case image.YCbCrSubsampleRatio420:
		sx, sy = 2, 2
	case image.YCbCrSubsampleRatio440:
		sy = 2
	case image.YCbCrSubsampleRatio411:
		sx = 4
	case image.YCbCrSubsampleRatio410:
		sx, sy = 4, 2
	}
	x0, y0 := m.Rect.Min.X, m.Rect.Min.Y
	if x0%sx != 0 || y0%sy != 0 { // no decoder makes these
		return fromAny(m)
	}
	if sx == 4 {
		m, sx, sy = wide(m), 1, 1
	}
	convertYCC(d, m, sx, sy, k)
	return d
}

// overWhite composites m, which holds a's colours, over white by a's alpha.
func (m *Image) overWhite(a *image.NYCbCrA) {
	for y := range m.H {
		i := a.AOffset(a.Rect.Min.X, a.Rect.Min.Y+y)
		for x, v := range a.A[i : i+m.W] {
			if v != 255 {
				p := m.Pix[3*(y*m.W+x):]
				for c := range 3 {
					p[c] = onWhite(p[c], v)
				}
			}
		}
	}
}

// wide returns m with its chroma repeated at full resolution.
func wide(m *image.YCbCr) *image.YCbCr {
	d := image.NewYCbCr(m.Rect, image.YCbCrSubsampleRatio444)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		copy(d.Y[d.YOffset(m.Rect.Min.X, y):], m.Y[m.YOffset(m.Rect.Min.X, y):][:m.Rect.Dx()])
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			i, j := d.COffset(x, y), m.COffset(x, y)
			d.Cb[i], d.Cr[i] = m.Cb[j], m.Cr[j]
		}
	}
	return d
}
