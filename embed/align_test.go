package embed

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func ExampleAlign() {
	photo := NewImage(640, 480)
	face := Landmarks{{X: 300, Y: 200}, {X: 370, Y: 210}, {X: 330, Y: 250}, {X: 295, Y: 285}, {X: 355, Y: 293}}
	crop, err := Align(photo, face)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, _ := Umeyama(face, Template)
	eye := s.Apply(face[0])
	fmt.Printf("%d × %d, scaled by %.2f, the left eye at (%.0f, %.0f)\n", crop.W, crop.H, s.Scale(), eye.X, eye.Y)
	// Output: 112 × 112, scaled by 0.48, the left eye at (39, 51)
}

func TestAlignTemplateIsIdentity(t *testing.T) {
	s, err := Umeyama(Template, Template)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.A-1)+math.Abs(s.B) > 1e-12 || math.Abs(s.TX)+math.Abs(s.TY) > 1e-9 {
		t.Errorf("%+v", s)
	}
	m := noise(CropSize, CropSize, 4)
	crop, err := Align(m, Template)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(crop.Pix, m.Pix) {
		t.Error("the crop of a crop is another one")
	}
}

func randomSimilarity(r *rand.Rand) Similarity {
	k, a := math.Exp(4*r.Float64()-2), 2*math.Pi*r.Float64()
	return Similarity{A: k * math.Cos(a), B: k * math.Sin(a), TX: 1000 * (r.Float64() - 0.5),
		TY: 1000 * (r.Float64() - 0.5)}
}

func TestUmeyamaRecoversAndInverts(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 1000 {
		s := randomSimilarity(r)
		var p Landmarks
		for i := range p {
			p[i] = Point{X: float32(100 * r.Float64()), Y: float32(100 * r.Float64())}
		}
		var q Landmarks
		for i := range p {
			q[i] = s.Apply(p[i])
		}
		got, err := Umeyama(p, q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p {
			// float32 holds q to 1e-4 pixels, and s.Invert enlarges that by up to e².
			if b := s.Invert().Apply(q[i]); math.Hypot(float64(b.X-p[i].X), float64(b.Y-p[i].Y)) > 2e-3 {
				t.Fatalf("%v came back as %v", p[i], b)
			}
			if b := got.Apply(p[i]); math.Hypot(float64(b.X-q[i].X), float64(b.Y-q[i].Y)) > 1e-2 {
				t.Fatalf("%v moved to %v, want %v", p[i], b, q[i])
			}
		}
	}
}

// No small change of the four parameters may come nearer: the solution is the least-squares one.
func TestUmeyamaIsOptimal(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	cost := func(s Similarity, p, q Landmarks) (sum float64) {
		for i := range p {
			x, y := float64(p[i].X), float64(p[i].Y)
			sum += math.Pow(s.A*x-s.B*y+s.TX-float64(q[i].X), 2) + math.Pow(s.B*x+s.A*y+s.TY-float64(q[i].Y), 2)
		}
		return sum
	}
	for range 200 {
		var p Landmarks
		for i := range p {
			p[i] = Point{X: float32(100 * r.Float64()), Y: float32(100 * r.Float64())}
		}
		s, err := Umeyama(p, Template)
		if err != nil {
			t.Fatal(err)
		}
		best := cost(s, p, Template)
		for range 50 {
			v := s
			v.A += 1e-3 * r.NormFloat64()
			v.B += 1e-3 * r.NormFloat64()
			v.TX += 1e-2 * r.NormFloat64()
			v.TY += 1e-2 * r.NormFloat64()
			if c := cost(v, p, Template); c < best-1e-9 {
				t.Fatalf("%v is worse than %v", best, c)
			}
		}
	}
}

func TestAlignRefusesDegeneratePoints(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	m := NewImage(50, 50)
	for _, p := range []Landmarks{
		{},
		{{X: 7, Y: 7}, {X: 7, Y: 7}, {X: 7, Y: 7}, {X: 7, Y: 7}, {X: 7, Y: 7}},
		{{X: nan, Y: 1}, {X: 2, Y: 1}, {X: 3, Y: 4}, {X: 5, Y: 6}, {X: 7, Y: 8}},
		{{X: inf, Y: 1}, {X: 2, Y: 1}, {X: 3, Y: 4}, {X: 5, Y: 6}, {X: 7, Y: 8}},
		{{X: 1e30, Y: 1}, {X: -1e30, Y: 1}, {X: 3, Y: 1e30}, {X: 5, Y: 6}, {X: 7, Y: 8}},
	} {
		if _, err := Align(m, p); !errors.Is(err, ErrPoints) {
			t.Errorf("%v: %v", p, err)
		}
	}
}

func TestPose(t *testing.T) {
	if f := Frontal(Template); f < 0.995 {
		t.Errorf("the template is frontal by %v", f)
	}
	// Nose, eyes and mouth of a solid head, turned.
	turned := func(yaw, pitch, roll float64) (p Landmarks) {
		for i, v := range [5][3]float64{{-0.5, -0.572, 0}, {0.5, -0.572, 0}, {0, 0, 0.5}, {-0.42, 0.583, 0},
			{0.42, 0.583, 0}} {
			x, y, z := v[0], v[1], v[2]
			y, z = y*math.Cos(pitch)+z*math.Sin(pitch), z*math.Cos(pitch)-y*math.Sin(pitch)
			x, _ = x*math.Cos(yaw)+z*math.Sin(yaw), z
			x, y = x*math.Cos(roll)-y*math.Sin(roll), x*math.Sin(roll)+y*math.Cos(roll)
			p[i] = Point{X: float32(200 + 80*x), Y: float32(150 + 80*y)}
		}
		return p
	}
	const deg = math.Pi / 180
	for _, c := range [][3]float64{{0, 0, 0}, {20, 0, 0}, {-30, 0, 15}, {0, 20, 0}, {0, -25, -20}, {15, 15, 90},
		{40, 0, 0}} {
		yaw, pitch, roll := Pose(turned(c[0]*deg, c[1]*deg, c[2]*deg))
		if math.Abs(yaw/deg-c[0]) > 6 || math.Abs(pitch/deg-c[1]) > 6 || math.Abs(roll/deg-c[2]) > 6 {
			t.Errorf("turned by %v, found yaw %.0f, pitch %.0f, roll %.0f", c, yaw/deg, pitch/deg, roll/deg)
		}
	}
	last := float32(2)
	for yaw := 0.0; yaw <= 60; yaw += 5 {
		f := Frontal(turned(yaw*deg, 0, 0))
		if f >= last {
			t.Errorf("yaw %v: frontal by %v, not below %v", yaw, f, last)
		}
		last = f
	}
	if f := Frontal(Landmarks{}); f != 0 {
		t.Errorf("no face is frontal by %v", f)
	}
}

func TestSharpness(t *testing.T) {
	m := testPhoto(CropSize, CropSize)
	last := float32(1)
	for _, sigma := range []float64{0, 0.7, 1.5, 4} {
		b, err := Augment(m, Augmentation{Blur: sigma})
		if err != nil {
			t.Fatal(err)
		}
		s := Sharpness(b)
		if s >= last || s < 0 {
			t.Errorf("blurred by %v: %v, not below %v", sigma, s, last)
		}
		last = s
	}
	if s := Sharpness(NewImage(CropSize, CropSize)); s != 0 {
		t.Errorf("an even picture is sharp by %v", s)
	}
	if s := Sharpness(NewImage(2, 2)); s != 0 {
		t.Errorf("two pixels are sharp by %v", s)
	}
}
