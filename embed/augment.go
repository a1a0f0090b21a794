package embed

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/disintegration/imaging"
)

// Augmentation spoils a picture the way a poor camera does. The zero value changes nothing.
type Augmentation struct {
	Mirror     bool
	Brightness float64 // percent in [-100, 100] added to every sample
	Blur       float64 // sigma of a Gaussian in pixels
	LowRes     int     // > 0: shrink to this many pixels a side (the longer one), then enlarge to the old size
	JPEG       int     // 1 to 100: compress with this quality, at the low resolution if there is one
}

// Augment returns m with a applied, in the order mirror, brightness, blur, low resolution with JPEG. The same arguments give the same pixels.
func Augment(m *Image, a Augmentation) (*Image, error) {
	var p image.Image = m.NRGBA()
	if a.Mirror {
		p = imaging.FlipH(p)
	}
	if a.Brightness != 0 {
		p = imaging.AdjustBrightness(p, a.Brightness)
	}
	if a.Blur > 0 {
		p = imaging.Blur(p, a.Blur)
	}
	if a.LowRes > 0 {
		p = imaging.Fit(p, a.LowRes, a.LowRes, imaging.Box)
	}
	if a.JPEG > 0 {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: a.JPEG}); err != nil {
			return nil, fmt.Errorf("embed: augment: %w", err)
		}
		q, err := jpeg.Decode(&b)
		if err != nil {
			return nil, fmt.Errorf("embed: augment: %w", err)
		}
		p = q
	}
	if a.LowRes > 0 {
		p = imaging.Resize(p, m.W, m.H, imaging.Linear)
	}
	return FromImage(p), nil
}
