package tidy

import "errors"

var (
	// ErrShape is returned for embeddings of different lengths, or of none.
	ErrShape = errors.New("tidy: embeddings of different lengths")
	// ErrNotUnit is returned for an embedding that is not of unit length.
	ErrNotUnit = errors.New("tidy: an embedding is not of unit length")
)
