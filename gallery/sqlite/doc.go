// Package sqlite is the embedded gallery engine: people and templates in one SQLite file of mode 0600, exact search
// through an index derived from it.
//
//	g, err := sqlite.Open("people.faceid", &sqlite.Options{Model: &model, Create: true})
//	...
//	_, err = g.Enrol(ctx, []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{{Embedding: v}}}}, nil)
//	found, err := g.Search(ctx, [][]float32{probe}, nil)
//
// Many goroutines and many processes can use the file at once; what Enrol acknowledged survives kill -9, and a power
// cut on a disk that honours fsync.
//
// # Caveats
//
// The file must be on a local disk: SQLite's locks and shared memory do not work over most network file systems.
// Copy it with an export, or when nobody has it open, or together with the -wal file.
//
// The photos are not in the gallery, but an embedding is biometric data: it finds the person. Remove leaves nothing of
// a person in the files; disk blocks that a file system gave back, snapshots and backups are out of its reach. What a
// running process read before is in its memory.
//
// A gallery that cannot be written, in a folder of somebody else, on a file system mounted for reading only, or on a
// full disk, can be read: through the log of whoever has it open, or without any lock where nobody has. Changes return
// gallery.ErrReadOnly or ErrDiskFull then.
//
// # Files
//
//	people.faceid         the truth: SQLite, application id "FAID", user_version 2; 1 is brought to it when opened
//	people.faceid-wal     SQLite's write-ahead log while the gallery is in use, or after a crash
//	people.faceid-shm     SQLite's shared memory, the same
//	people.faceid.index   what searches scan; can be deleted at any time and is made anew
//
// # Design
//
// The store is SQLite. It has transactions, many processes, recovery and a format that anyone can open. Rejected: an
// own log (years of crash testing to catch up with) and bbolt (one process at a time). Pages are 16 KiB, since a row
// with 512 values fills more than half of SQLite's default page and would waste the rest.
//
// The index is derived. Templates and removals are numbered on one line, every transaction notes the number it ended at
// with a random id, and the index carries the note it was made from. A note that the store knows means that the index
// is an earlier state of this gallery, and what is numbered above it is added. An unknown note means another gallery, a
// restored copy or a migration, and the index is made anew; so a wrong index is never an answer. Rejected: a
// modification time or a bare counter, which a restored copy repeats with other people in it.
//
// Every row has checksums. SQLite sees damage of its pages' structure and none in what they hold: a flipped bit of an
// embedding would be another score. They stand in a table of their own, which brings a gallery of version 1 to version
// 2 by reading it once. Rejected: SQLite's checksum VFS, which the driver does not carry, and a column in the
// template's row, for which all rows would have to be written anew.
//
// Removal overwrites. secure_delete zeroes deleted cells, but SQLite leaves copies of moved ones in the unused middle
// of its pages; a test that searched the raw file for 20,000 removed names found some. Remove therefore empties the log
// and zeroes those middles under the write lock. Rejected: VACUUM, which copies gigabytes for one person, and a key per
// person, which moves the same question to the keys.
//
// Trunk features are kept beside each template, in a table of their own so that scanning embeddings stays sequential.
// The final layer is linear, so Migrate recomputes a gallery after fine-tuning without the photos.
//
// Statements run without the caller's context, which is looked at between them: the driver would start a goroutine
// for each row, and an interrupted COMMIT leaves nobody knowing what happened.
package sqlite
