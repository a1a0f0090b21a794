package flat

import "errors"

var (
	// ErrNotIndex is returned for a file that is something else. It is never replaced or removed.
	ErrNotIndex = errors.New("flat: not an index file")
	// ErrVersion is returned by Open for an index file of another version; make a new one by Create.
	ErrVersion = errors.New("flat: index file of another version")
	// ErrDamaged is returned when a checksum or a bound does not hold, or a writer died while deleting. The index gives
	// no answers then; rebuild it.
	ErrDamaged = errors.New("flat: index is damaged")
	// ErrStale is returned by Append, Delete and Compact when another process has changed or replaced the file
	// since it was opened or refreshed, and by Search when rows that it needs have been deleted since. Call Refresh,
	// look at the stamp again, and repeat what is still missing.
	ErrStale = errors.New("flat: index was changed by another process")
	// ErrVector is returned for a vector of the wrong length, not finite, or not of unit length (to 1e-3).
	ErrVector = errors.New("flat: bad vector")
	// ErrReadOnly is returned by writes to an index opened with Options.ReadOnly.
	ErrReadOnly = errors.New("flat: index is open for reading only")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("flat: index is closed")
	// ErrKernel is returned when Options.Kernel names one that this CPU or this build lacks.
	ErrKernel = errors.New("flat: kernel not available here")
)
