package embed

import "errors"

// ErrPoints is returned for five points that no face can have: not finite, all (nearly) on one spot, or without any
// likeness to the template.
var ErrPoints = errors.New("embed: landmarks are degenerate")

// errNoPoints is what the pipeline says when it was put together without a landmark model that its detector needs.
var errNoPoints = errors.New("embed: the detector gives no points and there is no landmark model")
