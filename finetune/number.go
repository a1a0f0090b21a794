package finetune

import (
	"encoding/json"
	"math"
)

// number is a float64 that JSON holds as null where it is not finite.
type number float64

func (v number) MarshalJSON() ([]byte, error) {
	if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

func (v *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(v))
}

type intervalJSON struct {
	Value number `json:"value"`
	Low   number `json:"low"`
	High  number `json:"high"`
}

// MarshalJSON writes null for what is not finite.
func (v Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(intervalJSON{number(v.Value), number(v.Low), number(v.High)})
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

type epochJSON struct {
	Epoch   int       `json:"epoch"`
	Loss    number    `json:"loss"`
	Softmax number    `json:"softmax,omitempty"`
	Center  number    `json:"center,omitempty"`
	Val     number    `json:"val"`
	Points  []Figures `json:"figures,omitempty"`
}

// MarshalJSON writes null for what is not finite: the loss of epoch 0, Val without validation people.
func (e Epoch) MarshalJSON() ([]byte, error) {
	return json.Marshal(epochJSON{e.Epoch,
		number(e.Loss), number(e.Softmax), number(e.Center), number(e.Val), e.Points})
}

// UnmarshalJSON reads null as NaN.
func (e *Epoch) UnmarshalJSON(b []byte) error {
	var j epochJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*e = Epoch{Epoch: j.Epoch, Loss: float64(j.Loss), Softmax: float64(j.Softmax), Center: float64(j.Center),
		Val: float64(j.Val), Points: j.Points}
	return nil
}
