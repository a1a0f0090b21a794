package gate_test

import (
	"math"
	"testing"

	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
)

// TestThresholdFollows checks that a threshold is moved as the impostor scores are, and never down.
func TestThresholdFollows(t *testing.T) {
	g := &gate.Gate{Domains: []gate.Domain{{Impostor: 5000,
		ImpostorBefore: gate.Moments{Mean: 0.01, SD: 0.1}, ImpostorAfter: gate.Moments{Mean: 0.02, SD: 0.12}}}}
	if got, ok := g.Threshold(0.41); !ok || math.Abs(got-0.5) > 1e-12 {
		t.Errorf("0.41 → %v, %v; want 0.5", got, ok)
	}
	g.Domains[0].ImpostorAfter.SD = 0.05
	if got, ok := g.Threshold(0.41); !ok || got != 0.41 {
		t.Errorf("a threshold went down: %v, %v", got, ok)
	}
	g.Domains[0].Impostor = 10
	if got, ok := g.Threshold(0.41); ok || got != 0.41 {
		t.Errorf("ten pairs moved a threshold: %v, %v", got, ok)
	}

	// On data: the moments are those of the scores.
	d, l := synthetic.World{People: 40, T: 24, D: 16, Photos: synthetic.Each(3), Seed: 61}.Make(t)
	m, err := gate.Measure(d, l, l.Clone(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Of genuine pairs those from the threshold on are found; everybody has three photos, so all count alike.
	var sum, square, n, own, found float64
	e := make([]float32, d.Len()*l.D)
	l.Embed(e, d.X)
	for i := range d.Len() {
		for j := range d.Len() {
			var s float64
			for k := range l.D {
				s += float64(e[i*l.D+k]) * float64(e[j*l.D+k])
			}
			if d.Person[i] == d.Person[j] {
				if i != j {
					own++
				}
				if i != j && s >= 0.75 {
					found++
				}
				continue
			}
			n, sum, square = n+1, sum+s, square+s*s
		}
	}
	want := found / own
	f := m.Found(0.75, 2)
	if len(f) != 1 || f[0].Kind != "clean" || math.Abs(f[0].Before-want) > 1e-9 || f[0].After != 0 || want < 0.05 ||
		want > 0.95 {
		t.Errorf("found %+v, want %v before and none above 1", f, want)
	}
	mean := sum / n
	sd := math.Sqrt(square/n - mean*mean)
	if b := m.Domains[0].ImpostorBefore; math.Abs(b.Mean-mean) > 1e-5 || math.Abs(b.SD-sd) > 1e-5 ||
		b != m.Domains[0].ImpostorAfter {
		t.Errorf("moments %+v, want mean %v and deviation %v", b, mean, sd)
	}
}
