package rekognition

import (
	"bytes"
	"image/jpeg"
	"math"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/server/host"
	"faceid/server/hosttest"
)

// Brightness is the face's mean luma: against all pixels of the box, of a photo, a dark and a large one.
func TestBrightness(t *testing.T) {
	sent := hosttest.People(t, 1)[0].Photos[0]
	c := serve(t, host.Options{})
	m, err := jpeg.Decode(bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	var was float64
	for i, v := range []*struct{ brighter, wide float64 }{{0, 0}, {-30, 0}, {0, 2000}} {
		changed := imaging.AdjustBrightness(m, v.brighter)
		if v.wide > 0 {
			changed = imaging.Resize(changed, int(v.wide), 0, imaging.Linear)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, changed, &jpeg.Options{Quality: 95}); err != nil {
			t.Fatal(err)
		}
		out := c.ok("DetectFaces", object{"Image": bytesOf(b.Bytes())})
		in := func(name string) float64 { x, _ := at(out, "FaceDetails", 0, "BoundingBox", name).(float64); return x }
		w, h := float64(changed.Rect.Dx()), float64(changed.Rect.Dy())
		sum, n := 0.0, 0.0
		for y := math.Max(0, in("Top")*h); y < math.Min(h, (in("Top")+in("Height"))*h); y++ {
			for x := math.Max(0, in("Left")*w); x < math.Min(w, (in("Left")+in("Width"))*w); x++ {
				p := changed.NRGBAAt(int(x), int(y))
				sum += 0.299*float64(p.R) + 0.587*float64(p.G) + 0.114*float64(p.B)
				n++
			}
		}
		got, _ := at(out, "FaceDetails", 0, "Quality", "Brightness").(float64)
		if want := sum / n / 2.55; !(math.Abs(got-want) < 2) {
			t.Errorf("%+v: brightness %.1f, want %.1f", *v, got, want)
		}
		if i == 1 && !(got < was-10) {
			t.Errorf("a dark photo has brightness %.1f, as it was %.1f", got, was)
		}
		was = got
	}
}
