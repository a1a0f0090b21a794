// Package host is what the protocols of a server share: collections of people, keys, a pool that bounds the work,
// photos from the bodies of requests, and errors with a status. It decides nothing about faces: that is recognize's.
//
//	h, err := host.Open(&host.Options{Gallery: "door.db", Data: "collections"})
//	defer h.Close()
//	err = h.Work(ctx, "default", func(ctx context.Context, r *recognize.Recognizer) error { … })
//
// # Caveats
//
// Unless Options.KeepPhotos is set a photo lives in memory while it is looked at and nowhere else: bodies are never
// spooled to disk, and the log has routes, not paths, since a path can hold a name.
//
// # Design
//
// One photo is analysed per core, since models take a core each (see package embed). What waits has a place in a queue
// that is taken before the body is read, so that memory is bounded by places times the largest body; who finds no place
// is told to come back. Rejected: a queue without bound, in which all wait until all give up.
//
// Searches of concurrent requests are not put together into one scan. Among 100,000 people a search is 3.8 ms of a core
// beside 21 ms of models for a small photo and 190 ms for one of 12 megapixels; two probes in a scan cost as much as
// two scans (4.0 ms each), and eight, which cost 1.8, never meet: two cores finish an embedding every 11 ms and a scan
// takes 2. Waiting for eight would cost more time than it saves. Among 1,000,000 people a search is 24 ms, and 11 in
// eights: up to 1.4 times the requests a second, where more clients wait than there are cores and a search gives up its
// slot of the pool meanwhile. Whoever has a million people may want that; it is not built.
//
// A collection is one gallery, a file in a folder. Its models are shared with the other collections of the same model.
// Rejected: one file for all, since a gallery has one model, one calibration and one owner.
//
// Keys are random, 122 bits, so that one SHA-256 hides them: slow hashes are for passwords. They are UUIDs since
// clients of CompreFace accept nothing else. A key for signed requests (SigV4) has a secret that the server must know
// in the clear to check a signature; it stands in the same file, which is its owner's alone.
package host
