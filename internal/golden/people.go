package golden

import (
	"encoding/json"
	"testing"
	"time"
)

// People is what stands in the goldens of the gallery, its index and its exports, in plain words of its own, so that
// a changed type of package gallery cannot change what is expected. testdata/formats/people-1.json holds it.
type People struct {
	Name   string `json:"model_name"`
	SHA256 string `json:"model_sha256"`
	Dim    int    `json:"dim"`
	Views  string `json:"views"`

	People  []Person `json:"people"`  // by ascending id
	Removed []string `json:"removed"` // names, of which no byte may be left
	Probes  []Probe  `json:"probes"`

	IndexRows int `json:"index_rows"` // rows of the index, those of removed people included
}

// Person is somebody enrolled.
type Person struct {
	ID        int64           `json:"id"`
	Name      string          `json:"name"`
	Metadata  json.RawMessage `json:"metadata"` // null: none
	Created   time.Time       `json:"created"`
	Updated   time.Time       `json:"updated"`
	Templates []Template      `json:"templates"`
}

// Template is one template; the vectors are exact.
type Template struct {
	ID        int64      `json:"id"`
	Created   time.Time  `json:"created"`
	Quality   [5]float32 `json:"quality"` // score, size, sharpness, frontal, norm
	Path      string     `json:"path"`
	SHA256    string     `json:"sha256"`
	Box       [4]float32 `json:"box"`
	Embedding []float32  `json:"embedding"`
	Trunk     []float32  `json:"trunk"` // null: none
}

// Probe is a vector, and everybody by how similar they are to it. The scores are exact: the index's doc.go says how
// they are added up, on every machine the same.
type Probe struct {
	Vector []float32 `json:"vector"`
	Best   []Match   `json:"best"` // a person's score is the best template's
	Mean   []Match   `json:"mean"` // the mean of all templates'
}

// Match is one person found.
type Match struct {
	Person   int64   `json:"person"`
	Template int64   `json:"template"`
	Score    float32 `json:"score"`
}

// ReadPeople returns what the goldens of the gallery's formats hold.
func ReadPeople(t testing.TB) *People {
	t.Helper()
	var p People
	readJSON(t, &p, "formats", "people-1.json")
	return &p
}

// Chunks is what stands in testdata/formats/chunks-1.index, an index of full chunks; chunks-1.json holds it.
type Chunks struct {
	Dim       int       `json:"dim"`
	ChunkRows int       `json:"chunk_rows"`
	ID        [16]byte  `json:"stamp_id"`
	Seq       uint64    `json:"stamp_seq"`
	Rows      []Row     `json:"rows"`    // as they were appended
	Removed   []int64   `json:"removed"` // people deleted thereafter, with stamp_seq; before it was less by one
	Probe     []float32 `json:"probe"`
	Found     []Match   `json:"found"`
}

// Row is a row of an index.
type Row struct {
	Template int64     `json:"template"`
	Person   int64     `json:"person"`
	Vector   []float32 `json:"vector"`
}

// ReadChunks returns what the golden index of full chunks holds.
func ReadChunks(t testing.TB) *Chunks {
	t.Helper()
	var c Chunks
	readJSON(t, &c, "formats", "chunks-1.json")
	return &c
}
