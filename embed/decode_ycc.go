package embed

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
	// videoRange is WebP's (RFC 6386, section 9.2: ITU-R BT.601 with Y in 16…235), which x/image/webp hands over unconverted.
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
	cw, ch := (w+sx-1)/sx, (h+sy-1)/sy
	row := func(p []uint8, y int) []uint8 {
		y = clampInt(y, 0, ch-1)
		i := m.COffset(x0, y0+y*sy)
		return p[i : i+cw : i+cw]
	}
	up := make([]uint8, 2*(w+8))
	cb, cr := up[:w+8], up[w+8:]
	sum := make([]uint16, cw)
	for y := range h {
		cy := y / sy
		var cbr, crr []uint8
		switch {
		case sx == 1 && sy == 1:
			cbr, crr = row(m.Cb, cy), row(m.Cr, cy)
		case sx == 4:
			for x := range w {
				cb[x], cr[x] = row(m.Cb, cy)[x/4], row(m.Cr, cy)[x/4]
			}
			cbr, crr = cb, cr
		case sy == 1:
			doubleRow(cb, row(m.Cb, cy), w)
			doubleRow(cr, row(m.Cr, cy), w)
			cbr, crr = cb, cr
		default:
			far := cy - 1 + 2*(y&1)
			for i, p := range []struct{ src, dst []uint8 }{{m.Cb, cb}, {m.Cr, cr}} {
				_ = i
				a, b := row(p.src, cy), row(p.src, far)
				if sx == 1 {
					bias := uint16(1 + y&1)
					for x := range a {
						p.dst[x] = uint8((3*uint16(a[x]) + uint16(b[x]) + bias) >> 2)
					}
					continue
				}
				b = b[:len(a)]
				s := sum[:len(a)]
				for x, v := range a {
					s[x] = 3*uint16(v) + uint16(b[x])
				}
				doubleSums(p.dst, s, w)
			}
			cbr, crr = cb, cr
		}
		yr := m.Y[m.YOffset(x0, y0+y):]
		k.row(d.Pix[3*y*w:3*(y+1)*w], yr[:w], cbr[:w], crr[:w])
	}
	return d
}

// doubleRow writes w samples at twice the resolution of s.
func doubleRow(d, s []uint8, w int) {
	n := len(s)
	if w < 2 {
		d[0] = s[0]
		return
	}
	d = d[:2*n]
	d[0], d[2*n-1] = s[0], s[n-1]
	prev := uint16(s[0])
	for i := 1; i < n; i++ {
		v := uint16(s[i])
		d[2*i-1] = uint8((3*prev + v + 2) >> 2)
		d[2*i] = uint8((3*v + prev + 1) >> 2)
		prev = v
	}
}

// doubleSums does the same for samples already summed over two rows, four times as large.
func doubleSums(d []uint8, s []uint16, w int) {
	n := len(s)
	if w < 2 {
		d[0] = uint8((4*s[0] + 8) >> 4)
		return
	}
	d = d[:2*n]
	d[0], d[2*n-1] = uint8((4*s[0]+8)>>4), uint8((4*s[n-1]+7)>>4)
	prev := s[0]
	for i := 1; i < n; i++ {
		v := s[i]
		d[2*i-1] = uint8((3*prev + v + 7) >> 4)
		d[2*i] = uint8((3*v + prev + 8) >> 4)
		prev = v
	}
}

// row converts one row of equally long planes.
func (k *yccMatrix) row(d, y, cb, cr []uint8) {
	ky, rv, gu, gv, bu := k.ky, k.rv, k.gu, k.gv, k.bu
	kr, kg, kb := k.r, k.g, k.b
	cb, cr = cb[:len(y)], cr[:len(y)]
	d = d[:3*len(y)]
	for i, l := range y {
		v, u, t := ky*int32(l), int32(cb[i]), int32(cr[i])
		r := (v + rv*t + kr) >> 16
		g := (v + gu*u + gv*t + kg) >> 16
		b := (v + bu*u + kb) >> 16
		if uint32(r) > 255 {
			r = ^(r >> 31) // 0 or −1, whose low byte is 255
		}
		if uint32(g) > 255 {
			g = ^(g >> 31)
		}
		if uint32(b) > 255 {
			b = ^(b >> 31)
		}
		p := d[3*i : 3*i+3 : 3*i+3]
		p[0], p[1], p[2] = uint8(r), uint8(g), uint8(b)
	}
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
