// Package embed turns photos into face embeddings: decode → find faces → five points → aligned 112×112 crop → trunk
// feature and unit embedding. A Pipeline does it all; its parts (Decode, Detector, Landmarker, Align, Embedder) can be
// used alone.
//
//	store, err := models.Open(nil)
//	pack, err := store.Pack("default")
//	p, err := embed.Open(ctx, store, pack, &embed.OpenOptions{Mirror: true})
//	defer p.Close()
//	for photo := range p.Run(ctx, embed.Files("a.jpg", "b.jpg")) {
//		if photo.Err != nil { … }
//		for _, face := range photo.Faces {
//			// face.Box, face.Points, face.Quality, face.Embedding
//		}
//	}
//
// Two embeddings of one model are compared by their dot product, which is the cosine of their angle, in [-1, 1]. What
// score means "the same person" depends on the model and on the false accept rate that one can bear: see
// models.Entry.Thresholds.
//
// # Caveats
//
//   - ONNX Runtime is one per process: Init with a second library fails.
//   - Importing this package sets ORT_DISABLE_TELEMETRY=1 in the process's environment: nothing leaves the machine.
//   - A pipeline's fields are set before the first Run and then left alone. Close it only when no Run is going on.
//   - Embeddings of different models, or of the same with and without Mirror, must not be mixed in one gallery.
//   - Each worker holds one photo. Decoding it takes at most DecodeOptions.MaxMemory, 400 MB by default, counted from
//     its header before a pixel is read; a photo of 12 megapixels takes some 60 MB.
//   - A photo in which nothing is found is looked at again at other scales and with two thirds of the threshold; a face
//     found that way has a low Quality.Score. Set Detect.Once where a wrong face is worse than none.
//
// # Design
//
// One thread per session, one photo per worker. Two one-thread sessions side by side do more than one of two threads,
// and photos are plentiful; so no model waits for another core. Rejected: a stage for each model with queues between,
// which needs tuning for each pack and machine, and batches across photos, which gain nothing on a CPU (measured: a
// face costs the same at any batch).
//
// Models are changed in memory, not on disk. The embedder's batch dimension is freed, the input of its last dense layer
// becomes an output, and each PRelu is rewritten into operators that ONNX Runtime keeps in its blocked layout:
// MobileFaceNet takes 5.4 ms instead of 10.9 on one core of a server CPU, with the same answer to 3e-7.
//
// JPEG files are decoded by libvips where it is there, loaded at run time as ONNX Runtime is, and all else by the
// packages of Go. Of a photo of 12 megapixels (4032 × 2700, 2.3 MB) image/jpeg and the conversion take 150 ms of one
// core of a server CPU, OpenCV 55, libvips 44, and 33, 27 and 22 at a half, a quarter and an eighth of its sides. Only
// its JPEG loader is called, with its untrusted loaders blocked, and only for what looks whole: at any fault that it
// finds Go's decoder has the last word. Rejected: libturbojpeg of the system, which is no faster, is not there on most
// machines, and comes without a checksum to know it by; libvips for PNG, TIFF, GIF and WebP too, since Go's decoders
// are memory-safe and such photos are rare.
//
// A photo is read no larger than its faces need, where only the largest is wanted; see finer.go. Where all are, the
// photo is read whole: small faces are the rule there, and to read it twice costs more.
//
// Resizing for a detector repeats OpenCV's 8-bit arithmetic, since the models' figures were made with it and
// near-ties between candidate boxes are decided by rounding. Photos shrunk to less than a half are averaged over areas
// instead.
//
// Tiles: a detector sees a face from about 14 pixels of its input on. Where the whole photo shows a face of
// DetectOptions.MinSize smaller than that, finer levels of overlapping tiles follow, never enlarged beyond the photo's
// own pixels; the overlap is as wide as the smallest face that the level before shows, and what a tile's inner edge
// cuts is dropped, so each face is seen whole once.
//
// The self-test runs at every Open and is also the sessions' warm-up. Rejected: remembering that it passed. It costs
// a few milliseconds, and a library or CPU that computes wrongly need not do so on its first day.
package embed
