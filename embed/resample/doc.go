// Package resample makes pictures of another size or position: the input tensors of models (Letterbox, Stretch,
// SampleBox, Tensor), parts of a photo seen close up and turned (NewWindow), crops (Warp, Smaller), smaller copies
// (Shrunk, Scaled). Placement and Similarity tell where a place of the one lies in the other.
//
// # Design
//
// Resizing for a detector repeats OpenCV's 8-bit arithmetic, since the models' figures were made with it and
// near-ties between candidate boxes are decided by rounding. Photos shrunk to less than a half are averaged over areas
// instead.
//
// The loops over samples are C (kernels.c), because C compilers turn them into vector code and Go's does not; each has
// a slow second version in the tests.
//
// These are functions on a photo.Image, not its methods: what users hold should not have a method for each need of a
// model.
package resample
