package measure

import (
	"encoding/json"
	"math"
	"testing"
)

// A threshold that no score reaches is null: JSON has no infinity.
func TestPointJSON(t *testing.T) {
	for want, p := range map[string]Point{
		`{"far":0.01,"tar":0,"threshold":null}`:    {FAR: 0.01, Threshold: math.Inf(1)},
		`{"far":0.01,"tar":0.5,"threshold":0.375}`: {FAR: 0.01, TAR: 0.5, Threshold: 0.375},
	} {
		if b, err := json.Marshal([]Point{p}); err != nil || string(b) != "["+want+"]" {
			t.Errorf("%s, %v, want %s", b, err, want)
		}
	}
}
