package calibrate

import "errors"

var (
	// ErrFew is returned when there are too few people for any estimate.
	ErrFew = errors.New("too few people")

	// ErrScore is returned when a score is not a number in [-1, 1].
	ErrScore = errors.New("invalid score")

	// ErrReference is returned when a reference's thresholds do not rise as its rates fall.
	ErrReference = errors.New("invalid reference")

	// ErrShape is returned when embeddings differ in length.
	ErrShape = errors.New("embeddings of different lengths")
)
