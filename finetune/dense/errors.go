package dense

import (
	"errors"

	"faceid/internal/safetensors"
)

var (
	// ErrData is returned when a Dataset does not hold together: lengths, ranges, values that are not finite.
	ErrData = errors.New("finetune: bad data")
	// ErrTooFew is returned when there are fewer people than there must be: two, to tell apart.
	ErrTooFew = errors.New("finetune: too few people")
	// ErrConfig is returned for a setting out of its range.
	ErrConfig = errors.New("finetune: bad setting")
	// ErrFormat is returned when a file is not safetensors, or not what its reader needs.
	ErrFormat = safetensors.ErrFormat
)
