package flat

// Row is one template: a unit vector of some person. Template ids must be unique in an index; that is not checked.
type Row struct {
	Template int64
	Person   int64
	Vector   []float32 // Dim values, unit length to 1e-3; not kept
}

// Match is one person found for a probe.
type Match struct {
	Person   int64
	Template int64   // the person's best template; of equal ones the lowest id
	Score    float32 // see Score; with SearchOptions.Mean the mean of the person's scores
}

// Stamp is the caller's word on what an index holds: which store it was made from, and how far along that store was.
// The index keeps it with every commit and gives it no meaning.
type Stamp struct {
	ID  [16]byte
	Seq uint64
}

// Options tune New, Open and Create; nil means the zero value.
type Options struct {
	Kernel   string // one of Kernels(); empty means the first of them
	Workers  int    // goroutines a search uses; 0 means GOMAXPROCS
	ReadOnly bool   // Open only: refuse writes
	// THIS GIVES UP power-cut safety of the newest rows: no fsync but in Delete. A killed process loses nothing even
	// so, and a torn file is found by its checksums
	NoSync    bool
	ChunkRows int // New and Create only: rows per chunk, a multiple of 16 in [16, 65536]; 0 means 1024
}

// SearchOptions tune Search; nil means the ten best of everybody.
type SearchOptions struct {
	K      int     // people returned at most; 0 means 10
	Mean   bool    // score a person by the mean of all templates instead of the best one; reads every vector
	People []int64 // only these people, in any order; nil means everybody, empty nobody
}

// Stats describes an index.
type Stats struct {
	Dim       int
	Rows      int   // rows in the file, deleted ones included
	Live      int   // rows that a search can find
	FileBytes int64 // 0 in memory
	Torn      bool  // the last commit was cut off or damaged: the index stands at the one before, as its stamp says
	Kernel    string
}
