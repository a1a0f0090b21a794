package recognize

import (
	"errors"
	"math"
	"testing"

	"faceid/models"
)

func TestPointOf(t *testing.T) {
	e := models.Entry{Name: "m", Thresholds: []models.Threshold{
		{FAR: 1e-2, Score: 0.25, On: "LFW"}, {FAR: 1e-3, Score: 0.34, On: "LFW"}, {FAR: 1e-4, Score: 0.42, On: "LFW"},
	}}
	at := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		t    Target
		want Point
	}{
		{Target{FAR: 1e-3}, Point{Threshold: 0.34, FAR: 1e-3, On: "LFW"}},
		// the loosest that is not above what is asked for
		{Target{FAR: 5e-3}, Point{Threshold: 0.34, FAR: 1e-3, On: "LFW"}},
		{Target{FAR: 0.5}, Point{Threshold: 0.25, FAR: 1e-2, On: "LFW"}},
		{Target{Threshold: at(0.34)}, Point{Threshold: 0.34, FAR: 1e-3, On: "LFW"}},
		{Target{Threshold: at(0.41), FAR: 1e-2}, Point{Threshold: 0.41, FAR: 1e-3, On: "LFW"}},
		{Target{Threshold: at(0.1)}, Point{Threshold: 0.1, FAR: math.NaN(), On: ""}},
	} {
		got, err := PointOf(e, c.t)
		same := got.FAR == c.want.FAR || math.IsNaN(got.FAR) && math.IsNaN(c.want.FAR)
		if err != nil || got.Threshold != c.want.Threshold || !same || got.On != c.want.On {
			t.Errorf("%+v: %+v, %v; want %+v", c.t, got, err, c.want)
		}
	}
	var u *UnreachedError
	if _, err := PointOf(e, Target{FAR: 1e-6}); !errors.As(err, &u) || len(u.Known) != 3 {
		t.Errorf("stricter than measured: %v", err)
	}
	if _, err := PointOf(models.Entry{}, Target{FAR: 1e-3}); !errors.As(err, &u) || len(u.Known) != 0 {
		t.Errorf("nothing measured: %v", err)
	}
	for _, bad := range []Target{{}, {FAR: 1}, {FAR: math.NaN()}, {Threshold: at(math.NaN())}, {Threshold: at(1.5)}} {
		if p, err := PointOf(e, bad); err == nil {
			t.Errorf("%+v gives %+v", bad, p)
		}
	}
}

func TestFalsePositive(t *testing.T) {
	if p := FalsePositive(1e-4, 1000); math.Abs(p-(1-math.Pow(1-1e-4, 1000))) > 1e-12 {
		t.Errorf("%v", p)
	}
	if p := FalsePositive(1e-12, 1); math.Abs(p-1e-12) > 1e-20 {
		t.Errorf("a small rate is lost: %v", p)
	}
}
