// Package photo reads photos: a file, a stream or bytes become an upright picture of 8-bit sRGB samples.
//
//	m, err := photo.DecodeBytes(b, nil) // m.Pix, m.W, m.H
//
// Formats are recognised by their content: JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC and AVIF. A file is hostile until it
// is decoded: sides, pixels, memory and work are bounded by what its header says before a pixel is read, a decoder's
// panic is an error, and everything ends soon after its context. What people have instead of a photo is named, with the
// way out.
//
// # Design
//
// JPEG files are decoded by libvips where it is there, loaded at run time as ONNX Runtime is, and all else by the
// packages of Go. Of a photo of 12 megapixels (4032 × 2700, 2.3 MB) image/jpeg and the conversion take 150 ms of one
// core of a server CPU, OpenCV 55, libvips 44, and 33, 27 and 22 at a half, a quarter and an eighth of its sides. Only
// its JPEG loader is called, and for AVIF its HEIF loader, with its untrusted loaders blocked, and only for what looks
// whole: at any fault of a JPEG that it finds Go's decoder has the last word. Rejected: libturbojpeg of the system,
// which is no faster, is not there on most machines, and comes without a checksum to know it by; libvips for PNG, TIFF,
// GIF and WebP too, since Go's decoders are memory-safe and such photos are rare.
//
// HEIC files are decoded by libheif with libde265, loaded at run time when the first one comes, with its bounds on
// memory set for each photo. What the file says of its sides is read before, in Go: of the picture, of its grid of
// tiles, and of what is coded in it (HEVC's sequence parameter sets, AV1's sequence headers), since that is what a
// decoder allocates. The colours are those that libheif makes of the file's own matrix and range. Rejected:
// github.com/gen2brain/heic, libheif 1.18 in WebAssembly, which would keep hostile files in a box: it traps on every
// picture that is turned, as an iPhone's upright ones are, gets small ones wrong, and takes three times as long; the
// libheif of the system, which comes without a checksum, and often without a decoder of HEVC.
//
// A photo that was read smaller is an Image like any other, and knows how to read the whole (Image.Whole), and an Image
// knows the run that looks at it (Image.Alive). So neither a detector nor an aligner takes a second argument for what
// most of them never ask.
//
// Places in a photo (Point, Box, Landmarks) are here too, since both what looks for faces and what cuts them out speaks
// in them.
package photo
