// Package flat is the exact cosine index of a gallery.
package flat
