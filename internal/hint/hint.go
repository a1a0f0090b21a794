// Package hint adds to an error what its reader can do next.
//
// An error with a method Hint() string carries such a step, whichever package made it, so that programs outside this
// module can ask too:
//
//	var h interface{ Hint() string }
//	if errors.As(err, &h) { … h.Hint() … }
package hint

// hinted is an error with a next step; its text is the inner error's alone.
type hinted struct {
	err  error
	next string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

// Hint is what to do about the error, in words for the user.
func (h *hinted) Hint() string { return h.next }

// With returns err with the next step, which is printed on a line of its own. A nil error stays nil, and without a step
// err comes back as it is.
func With(err error, next string) error {
	if err == nil || next == "" {
		return err
	}
	return &hinted{err, next}
}

// Of returns the next step for err: the outermost in its tree of wrapped errors that is not empty, joined errors from
// left to right; "" where nothing better than the error's text is known. Every method Hint() string counts.
func Of(err error) string {
	if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" {
		return h.Hint()
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return Of(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if next := Of(inner); next != "" {
				return next
			}
		}
	}
	return ""
}
