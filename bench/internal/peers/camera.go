package peers

import (
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"

	"github.com/disintegration/imaging"
)

// The photos of phones: 12 megapixels, made of LFW's with a camera's grain.
const CameraW, CameraH = 4032, 2696

// Portrait writes a photo with one face of some 900 pixels.
func Portrait(file, face string, seed uint64) error {
	m, err := imaging.Open(face)
	if err != nil {
		return err
	}
	bg := imaging.Blur(imaging.Resize(imaging.Fill(m, 60, 40, imaging.Top, imaging.Box), CameraW/8, CameraH/8,
		imaging.Linear), 6)
	d := imaging.Resize(bg, CameraW, CameraH, imaging.Linear)
	big := imaging.Resize(m, 2400, 2400, imaging.CatmullRom)
	return Camera(file, imaging.Paste(d, big, image.Pt(800, 150)), seed)
}

// Camera adds grain and stores a JPEG of quality 90.
func Camera(file string, m *image.NRGBA, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 12))
	for i := 0; i < len(m.Pix); i += 4 {
		n := int(4*r.NormFloat64() + 0.5)
		for c := range 3 {
			m.Pix[i+c] = uint8(max(0, min(255, int(m.Pix[i+c])+n)))
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := jpeg.Encode(f, m, &jpeg.Options{Quality: 90}); err != nil {
		return err
	}
	return f.Close()
}
