package weaviate

import (
	"errors"
)

var (
	// ErrUnavailable is returned when not enough of the cluster answered for as long as Config.Retry says. A change
	// that ends so was taken back as far as the cluster let it; see Enrol.
	ErrUnavailable = errors.New("weaviate: cluster unavailable")
	// ErrRefused is returned when the server refuses a request for good, such as for want of an API key.
	ErrRefused = errors.New("weaviate: request refused")
	// ErrNoGallery is returned by Open when the collection does not exist and no model was given to create it.
	ErrNoGallery = errors.New("weaviate: no such gallery")
	// ErrReplicas is returned by Open when Config.Replicas is not how many copies the collection keeps.
	ErrReplicas = errors.New("weaviate: another number of replicas")
)
