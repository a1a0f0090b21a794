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
	How    string   `json:"how"` // what it rests on, in words
}
