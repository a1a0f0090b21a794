package flat

import "context"

// Index is an exact cosine index, in memory or in a file. All methods are safe for concurrent use; searches
// run while others append, delete and compact, and see the rows committed when they began.
type Index struct{ dim int }

// New returns an empty index in memory for vectors of dim values.
func New(dim int, o *Options) (*Index, error) { return &Index{dim: dim}, nil }

// Open opens the index file at path. It reads the header and the unfinished last chunk only: the rest is
// mapped, and each chunk's checksums are tried when a search first touches it. It returns fs.ErrNotExist,
// ErrNotIndex or ErrDamaged; after any of them the caller makes a new one by Create.
func Open(path string, o *Options) (*Index, error) { return nil, ErrNotIndex }

// A Builder writes a new index file beside path, which Commit puts in the place of the old one.
type Builder struct{}

// Create begins a new index file for vectors of dim values. Nothing appears at path before Commit.
func Create(path string, dim int, o *Options) (*Builder, error) { return nil, ErrNotIndex }

// Append adds rows, best some thousands a call. They are quantised on every core.
func (b *Builder) Append(rows []Row) error { return nil }

// Commit makes the file durable, renames it to its path and opens it.
func (b *Builder) Commit(s Stamp) (*Index, error) { return nil, ErrNotIndex }

// Abort removes the unfinished file. After Commit it does nothing, so that it can be deferred.
func (b *Builder) Abort() error { return nil }

// Append adds rows and sets the stamp: both or neither. It returns ErrVector, ErrStale or ErrReadOnly.
// Rows may be empty, to set the stamp only.
func (x *Index) Append(rows []Row, s Stamp) error { return nil }

// Delete removes all rows of these people, overwrites their bytes with zeros, and sets the stamp. Unknown
// ids are ignored. It returns the number of rows removed.
func (x *Index) Delete(people []int64, s Stamp) (int, error) { return 0, nil }

// Search returns for each probe the K people most similar to it, best first, equal scores by ascending person
// id: the very people, order and scores that brute force with Score gives. Probes are unit vectors to 1e-3.
// Fewer than K only if there are fewer. It returns ErrVector, ErrDamaged or the context's error.
func (x *Index) Search(ctx context.Context, probes [][]float32, o *SearchOptions) ([][]Match, error) {
	return nil, nil
}

// Refresh takes in what other processes have committed or put in the file's place, and returns the stamp then.
// It costs one small read when nothing has changed.
func (x *Index) Refresh() (Stamp, error) { return Stamp{}, nil }

// Stamp returns the stamp of the rows that a search would see now.
func (x *Index) Stamp() Stamp { return Stamp{} }

// Stats returns the index's figures.
func (x *Index) Stats() Stats { return Stats{} }

// Verify reads the whole file and checks every checksum. It returns nil or ErrDamaged with the place.
func (x *Index) Verify(ctx context.Context) error { return nil }

// Compact writes the live rows anew without the deleted ones and puts the file in place, if more than a quarter of
// the rows are deleted, or force is set. It reports whether it did.
func (x *Index) Compact(ctx context.Context, force bool) (bool, error) { return false, nil }

// Close frees the mapping after the running searches have ended.
func (x *Index) Close() error { return nil }

// Kernels lists what this CPU and build can run, fastest first; the last is always "go".
// All give the same answers.
func Kernels() []string { return []string{"go"} }

// Score is the reference score of two unit vectors of equal length.
func Score(q, x []float32) float32 { return 0 }
