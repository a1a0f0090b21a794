package models

import (
	"errors"
	"fmt"

	"faceid/internal/hint"
)

var (
	// ErrUnknown is returned for a name that neither the catalogue nor the user's own entries have.
	ErrUnknown = errors.New("models: no such model or pack")
	// ErrMissing is returned when a file is not cached and no source gave it.
	ErrMissing = errors.New("models: file not available")
	// ErrCorrupt is returned when the bytes are not those that the catalogue names.
	ErrCorrupt = errors.New("models: wrong contents")
	// ErrLicense is returned for an entry whose licence has to be accepted first, or that Options.Commercial rules out.
	ErrLicense = errors.New("models: licence not accepted")
	// ErrManifest is returned for a manifest that cannot be read or contradicts itself.
	ErrManifest = errors.New("models: bad manifest")
	// ErrIncomplete is returned by Add when something is missing that the graph cannot tell.
	ErrIncomplete = errors.New("models: the entry is incomplete")
)

// withHint adds the next step, in whole sentences.
func withHint(err error, format string, args ...any) error {
	return hint.With(err, fmt.Sprintf(format, args...))
}
