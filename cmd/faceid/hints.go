package main

import (
	"errors"

	"faceid/gallery"
	"faceid/models"
)

// hinted is an error that knows what to do next.
type hinted struct {
	error
	next string
}

func (h hinted) Unwrap() error { return h.error }

// withHint adds to err the next step, printed on a line of its own.
func withHint(err error, next string) error { return hinted{err, next} }

// hint returns the next step for err, from whichever package knows one, or "".
func hint(err error) string {
	var h hinted
	if errors.As(err, &h) {
		return h.next
	}
	for _, f := range []func(error) string{gallery.Hint, models.Hint} {
		if s := f(err); s != "" {
			return s
		}
	}
	return ""
}
