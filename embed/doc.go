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
// # Rooms
//
// The way of a photo has four rooms below this one, each of which knows only those before it:
//
//   - photo: a file becomes a decoded, upright Image; places in it (Point, Box, Landmarks)
//   - resample: an Image becomes the input of a model, or another Image
//   - onnx: a model file becomes a Session on ONNX Runtime
//   - detect: an Image becomes Detections
//
// Here they come together: points, crops, quality, embeddings, and the pipeline. The names that a program needs for it
// are handed on (names.go), so that it imports this package alone.
//
// # Design
//
// The walls stand where the fewest things cross: an Image and places in it, a tensor's values, a Session, a list of
// Detections. What asks two models at once stays here, since each model would have to know the other: whether a face
// lies on its side is told by the detector's score and the embedder's norm together (turn.go). Rejected: one room for
// each model, since points and embeddings are two small files that share everything; and points before detection, since
// what a decoder knows of a photo read smaller is asked for by whatever looks at it.
//
// One thread per session, one photo per worker. Two one-thread sessions side by side do more than one of two threads,
// and photos are plentiful; so no model waits for another core. Rejected: a stage for each model with queues between,
// which needs tuning for each pack and machine, and batches across photos, which gain nothing on a CPU (measured: a
// face costs the same at any batch).
//
// A photo is read no larger than its faces need, where only the largest is wanted; see photo.Image.Whole. Where all
// are, the photo is read whole: small faces are the rule there, and to read it twice costs more.
//
// The self-test runs at every Open and is also the sessions' warm-up. Rejected: remembering that it passed. It costs
// a few milliseconds, and a library or CPU that computes wrongly need not do so on its first day.
package embed
