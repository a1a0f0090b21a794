package gate

// Threshold is one of the base model's, and its successor for the tuned model, with the rates at which strangers among
// the people kept out pass.
type Threshold struct {
	FAR    float64  `json:"far"`    // that the base model's is shipped for
	Before float64  `json:"before"` // the base model's score
	After  float64  `json:"after"`  // the tuned model's
	Base   Interval `json:"far_before"`
	Kept   Interval `json:"far_unmoved"` // of the tuned model at the base model's score
	Tuned  Interval `json:"far_after"`
	How    string   `json:"how"`             // what it rests on, in words
	Found  []Found  `json:"found,omitempty"` // by kind of photos
}

// Found are the shares of genuine pairs that pass the base model's threshold, and after training the tuned one's: TAR
// at the scores in use, where Domain has TAR at equal FAR. Every person weighs the same.
type Found struct {
	Kind   string  `json:"kind"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// Found reads the shares for two thresholds on the cosine; kinds without pairs have none.
func (g *Gate) Found(before, after float64) (out []Found) {
	for i := range g.Domains {
		if d := &g.Domains[i]; d.Measured() && d.fine[0] != nil {
			out = append(out, Found{d.Kind, above(d.fine[0], before), above(d.fine[1], after)})
		}
	}
	return out
}

// above is the share of a fine histogram from a threshold's bin on.
func above(fine []float64, t float64) float64 {
	if t > 1 {
		return 0
	}
	return min(1, sum64(fine[bin(float32(t)):])/sum64(fine))
}
