package finetune

import (
	"errors"

	"faceid/finetune/dense"
)

var (
	// ErrData is returned when a Dataset does not hold together: lengths, ranges, values that are not finite.
	ErrData = dense.ErrData
	// ErrTooFew is returned when there are fewer than two people to train on.
	ErrTooFew = dense.ErrTooFew
	// ErrConfig is returned for a setting out of its range.
	ErrConfig = dense.ErrConfig
	// ErrDiverged is returned when the loss or a weight stopped being a finite number.
	ErrDiverged = errors.New("finetune: training diverged")
	// ErrCheckpoint is returned when a checkpoint belongs to other data or other settings, or is damaged.
	ErrCheckpoint = errors.New("finetune: checkpoint does not fit")
	// ErrFormat is returned when a file is not safetensors, or not what its reader needs.
	ErrFormat = dense.ErrFormat
)
