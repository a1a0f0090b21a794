package embed

import "errors"

// Errors of decoding and alignment. They come wrapped: with the cause, and where there is a way out, with the next step.
var (
	// ErrFormat is returned for bytes that are no picture of a known format, or a broken one.
	ErrFormat = errors.New("embed: not a readable picture")
	// ErrTruncated is returned when a picture ends before its last pixel.
	ErrTruncated = errors.New("embed: picture is cut off")
	// ErrTooLarge is returned when a picture has more pixels or bytes than DecodeOptions allow.
	ErrTooLarge = errors.New("embed: picture is too large")
	// ErrPoints is returned for five points that no face can have: not finite, or all (nearly) on one spot.
	ErrPoints = errors.New("embed: landmarks are degenerate")
)
