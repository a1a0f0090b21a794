package photo

import (
	"errors"
	"fmt"
)

// Errors of decoding, to be tested with errors.Is; they come wrapped in a DecodeError. They name package embed, which
// hands them on under the same names.
var (
	// ErrFormat is returned for bytes that are not a picture of a known format, or a broken one.
	ErrFormat = errors.New("embed: not a readable picture")
	// ErrTruncated is returned when a picture ends before its last pixel.
	ErrTruncated = errors.New("embed: picture is cut off")
	// ErrTooLarge is returned when a picture has more pixels or bytes than DecodeOptions allow.
	ErrTooLarge = errors.New("embed: picture is too large")
)

// DecodeError says why a picture cannot be decoded and what to do about it.
type DecodeError struct {
	Kind   error  // ErrFormat, ErrTruncated or ErrTooLarge
	Format string // "JPEG", "HEIC", …; empty if not recognised
	Detail string // what is wrong, in words; may be empty
	Advice string // what to do next; may be empty
	Err    error  // the decoder's own error; may be nil
}

// Error gives kind, format and detail in one line, without the advice.
func (e *DecodeError) Error() string {
	s := e.Kind.Error()
	if e.Format != "" {
		s += " (" + e.Format + ")"
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s = fmt.Sprintf("%s: %v", s, e.Err)
	}
	return s
}

// Hint is the advice, for a command line to print below the error.
func (e *DecodeError) Hint() string { return e.Advice }

// Unwrap makes errors.Is find the kind and the cause.
func (e *DecodeError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}
