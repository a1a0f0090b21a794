package gallery

import "errors"

// Errors of every engine. Those with a way out carry a hint; see Hint.
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
	// ErrNameTaken is returned when a unique name was asked for and somebody has it.
	ErrNameTaken = errors.New("gallery: name is taken")
	// ErrName is returned for a name that is empty, longer than 1,000 bytes, not UTF-8 or with control characters.
	ErrName = errors.New("gallery: bad name")
	// ErrMetadata is returned for metadata that is no JSON object or longer than 1 MiB.
	ErrMetadata = errors.New("gallery: metadata is not a JSON object")
	// ErrNotGallery is returned when the file is something else, or of a later version.
	ErrNotGallery = errors.New("gallery: not a gallery file")
)
