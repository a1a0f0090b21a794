package main

import next "faceid/internal/hint"

// withHint adds to err the next step, printed on a line of its own.
func withHint(err error, step string) error { return next.With(err, step) }

// hint returns the next step for err, from whichever package knows one, or "".
func hint(err error) string { return next.Of(err) }
