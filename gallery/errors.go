package gallery

import "errors"

// Errors of every engine. Those with a way out have a method Hint() string, for errors.As, with what the user can do.
var (
	// ErrDimension is returned when a vector's length is not the gallery's.
	ErrDimension = errors.New("gallery: wrong vector length")
	// ErrZeroVector is returned for a vector of length zero, which has no direction.
	ErrZeroVector = errors.New("gallery: zero vector")
	// ErrNotFinite is returned for a vector with NaN or an infinity in it.
	ErrNotFinite = errors.New("gallery: vector not finite")
	// ErrModel is returned when the gallery was made with another model.
	ErrModel = errors.New("gallery: made with another model")
	// ErrNoPerson is returned for an id that nobody has.
	ErrNoPerson = errors.New("gallery: no such person")
	// ErrNoTemplate is returned for an id that no template has.
	ErrNoTemplate = errors.New("gallery: no such template")
	// ErrNameTaken is returned when a unique name was asked for and somebody has it.
	ErrNameTaken = errors.New("gallery: name is taken")
	// ErrName is returned for a name that is empty, longer than 1,000 bytes, not UTF-8, with control characters or
	// marks that cannot be seen, and for one that reads as a number, "#3"; see CleanName.
	ErrName = errors.New("gallery: bad name")
	// ErrMetadata is returned for metadata that is no JSON object or longer than 1 MiB.
	ErrMetadata = errors.New("gallery: metadata is not a JSON object")
	// ErrSource is returned for a Source whose SHA256 is neither empty nor 64 lower-case hex digits, whose path is
	// not UTF-8 or longer than 64 KiB, and for a box or a quality figure that is not finite.
	ErrSource = errors.New("gallery: bad source")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("gallery: closed")
	// ErrDamaged is returned when what was read cannot have been written by this program; see Check.
	ErrDamaged = errors.New("gallery: damaged")
	// ErrDiskFull is returned when the disk has no room; nothing of the call was stored.
	ErrDiskFull = errors.New("gallery: disk full")
	// ErrTraces is returned when somebody or something was removed, for good, but traces of it may be left in the
	// files: the error says why. They go with the next removal, or when the gallery is opened again.
	ErrTraces = errors.New("gallery: removed, but traces may be left in the files")
	// ErrReadOnly is returned when the gallery, or the folder that it lies in, cannot be written by this user.
	ErrReadOnly = errors.New("gallery: not writable")
	// ErrFormat is returned by the import functions for a file that is not what they read.
	ErrFormat = errors.New("gallery: bad import file")
	// ErrNoTrunk is returned by Migrate when a template has no trunk feature.
	ErrNoTrunk = errors.New("gallery: templates without trunk feature")
	// ErrBusy is returned when another process held the gallery's write lock for longer than Options.Timeout.
	ErrBusy = errors.New("gallery: locked by another process")
	// ErrHardLinks is returned for a gallery file with more than one name: each would have a log and an index of its
	// own.
	ErrHardLinks = errors.New("gallery: the file has several names (hard links)")
	// ErrNotGallery is returned when the file is something else, or of a later version.
	ErrNotGallery = errors.New("gallery: not a gallery file")
)
