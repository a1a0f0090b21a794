package file

import (
	"database/sql"
	"encoding/binary"
	"hash/crc32"
	"math"

	"faceid/gallery"
)

// SQLite sees damage of its pages' structure, and none in what stands in them: a flipped bit of an embedding is another
// embedding. So every template and every person has checksums, CRC-32C, which finds any burst up to 32 bits, tried
// whenever a row is read. They are apart by what reads need: a rebuild of the index reads vectors only, Sources no
// vectors. Numbers count as the reader gets them.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// row adds up what a row says.
type row struct{ buf []byte }

func (r *row) int(v int64) *row {
	r.buf = binary.LittleEndian.AppendUint64(r.buf, uint64(v))
	return r
}

func (r *row) floats(v ...float32) *row {
	for _, x := range v {
		r.buf = binary.LittleEndian.AppendUint32(r.buf, math.Float32bits(x))
	}
	return r
}

// text adds a string with its length, so that nothing can pass from one column to the next.
func (r *row) text(s string) *row {
	r.buf = append(binary.LittleEndian.AppendUint64(r.buf, uint64(len(s))), s...)
	return r
}

func (r *row) sum() int64 { return int64(crc32.Checksum(r.buf, castagnoli)) }

// VectorSum is of a template's embedding, as it is stored, and whose it is.
func VectorSum(id, person int64, embedding []byte) int64 {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:], uint64(id))
	binary.LittleEndian.PutUint64(head[8:], uint64(person))
	return int64(crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, embedding))
}

// TrunkSum is of a template's trunk feature, as it is stored.
func TrunkSum(id int64, trunk []byte) int64 { return VectorSum(id, 0, trunk) }

// SourceSum is of a template's other columns.
func SourceSum(key []byte, created int64, q *gallery.Quality, s *gallery.Source) int64 {
	r := row{make([]byte, 0, 256)}
	return r.text(string(key)).int(created).floats(q.Score, q.Size, q.Sharpness, q.Frontal, q.Norm).
		text(s.Path).text(s.SHA256).floats(s.Box[:]...).sum()
}

// PersonSum is of a person's columns; metadata is NULL or a text.
func PersonSum(id int64, name string, metadata sql.NullString, created, updated int64) int64 {
	r := row{make([]byte, 0, 256)}
	r.int(id).text(name).int(created).int(updated)
	if metadata.Valid {
		r.text(metadata.String)
	}
	return r.sum()
}

// Holds compares a stored checksum, which NULL is not.
func Holds(stored sql.NullInt64, sum int64) bool { return stored.Valid && stored.Int64 == sum }
