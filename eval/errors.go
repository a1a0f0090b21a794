package eval

import "errors"

var (
	// ErrScore is returned for a score that is NaN or +Inf. NaN loses every comparison silently, and no threshold
	// refuses +Inf. −Inf is a score: that of a comparison which could not be made and is never accepted.
	ErrScore = errors.New("eval: score is NaN or +Inf")
	// ErrEmpty is returned when a figure has no meaning because a class has no scores: no genuine or no impostor
	// pairs, no enrolled or no unknown probes, a fold without pairs.
	ErrEmpty = errors.New("eval: no scores of one class")
	// ErrFormat is returned when a protocol, pairs or curve file is not what it should be; the text names the line.
	ErrFormat = errors.New("eval: malformed file")
	// ErrOption is returned for an option out of range.
	ErrOption = errors.New("eval: option out of range")
)
