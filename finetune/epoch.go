package finetune

import (
	"encoding/json"

	"faceid/finetune/gate"
)

// Epoch is one line of the learning curve.
type Epoch struct {
	Epoch int     `json:"epoch"` // from 1; 0 is the start
	Loss  float64 `json:"loss"`  // mean over the epoch's steps: L_s + λ·L_c, penalty not included
	// Softmax and Center are its parts L_s and L_c, the latter not yet times λ.
	Softmax float64 `json:"softmax,omitempty"`
	Center  float64 `json:"center,omitempty"`
	// Val is the figure that chooses the best epoch, higher is better: the mean over the target kinds of TAR at FAR
	// 1e-2 and 1e-3 on the people kept out, less ten times what the clean TAR at FAR 1e-3 fell beyond MaxForget and its
	// standard error. Where there are too few impostor pairs for these, 1 − EER stands in. NaN without validation
	// people.
	Val    float64        `json:"val"`
	Points []gate.Figures `json:"figures,omitempty"` // by test kind
}

type epochJSON struct {
	Epoch   int            `json:"epoch"`
	Loss    gate.Number    `json:"loss"`
	Softmax gate.Number    `json:"softmax,omitempty"`
	Center  gate.Number    `json:"center,omitempty"`
	Val     gate.Number    `json:"val"`
	Points  []gate.Figures `json:"figures,omitempty"`
}

// MarshalJSON writes null for what is not finite: the loss of epoch 0, Val without validation people.
func (e Epoch) MarshalJSON() ([]byte, error) {
	return json.Marshal(epochJSON{e.Epoch,
		gate.Number(e.Loss), gate.Number(e.Softmax), gate.Number(e.Center), gate.Number(e.Val), e.Points})
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
