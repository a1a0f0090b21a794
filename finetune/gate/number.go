package gate

import (
	"encoding/json"
	"math"
)

// Number is a float64 that JSON holds as null where it is not finite.
type Number float64

func (v Number) MarshalJSON() ([]byte, error) {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

func (v *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(v))
}

type intervalJSON struct {
	Value Number `json:"value"`
	Low   Number `json:"low"`
	High  Number `json:"high"`
}

// MarshalJSON writes null for what is not finite.
func (v Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(intervalJSON{Number(v.Value), Number(v.Low), Number(v.High)})
}

// UnmarshalJSON reads null as NaN.
func (v *Interval) UnmarshalJSON(b []byte) error {
	var j intervalJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*v = Interval{float64(j.Value), float64(j.Low), float64(j.High)}
	return nil
}
