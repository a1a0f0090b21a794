// Package gallery is the contract of a store of people and their face templates that finds who is most similar to a
// probe.
//
// A template is a unit vector made by some model from a photo; similarity is the cosine, in [-1, 1]. An Engine ranks
// people by their best template, or the mean of all, and applies no threshold: which score means "the same person"
// depends on the model and on how many wrong answers are acceptable.
//
//	var g gallery.Engine // of package sqlite or weaviate
//	...
//	_, err = g.Enrol(ctx, []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{{Embedding: v}}}}, nil)
//	found, err := g.Search(ctx, [][]float32{probe}, nil)
//
// Here stand the types, the errors, what every engine checks on the way in (NormaliseEnrolments, NormaliseProbes,
// Unit), and what needs an Engine and nothing more: Copy, exports and imports. Package gallerytest is the specification
// as a test. An engine that writes an embedding down has biometric data: it finds the person, without the photo.
//
// Iterators and exports are not snapshots: they hold no lock while the caller works, and show each row whole.
//
// # Design
//
// Duplicates are recognised by a key: photo hash and box, or the embedding's bits where no photo is known. That makes
// enrolment, import and Copy repeatable after an interruption without a journal of their own; Unit leaves a unit vector
// alone to the bit, so that the key survives the way through other engines.
//
// Trunk features are kept beside each template. The final layer of a model is linear, so that an engine can recompute
// its embeddings after fine-tuning without the photos.
//
// The contract reaches no engine, so that a program with one engine does not carry the others.
package gallery
