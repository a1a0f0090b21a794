// Package curate looks after people and photos as wholes: the faults of a gallery with the commands that mend them, and
// folders of unnamed photos sorted into people. Package tidy decides, on embeddings alone; here are the galleries, the
// photos and the names.
//
// It is a room of its own above recognize because it asks nothing of a photo that Identify or Enroll would; it uses a
// Recognizer as any other program does.
package curate
