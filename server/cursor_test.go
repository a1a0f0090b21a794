package server

import (
	"math"
	"testing"
)

func TestCursor(t *testing.T) {
	for _, id := range []int64{1, 2, 300, math.MaxInt64} {
		if got, err := decodeCursor('p', encodeCursor('p', id)); got != id || err != nil {
			t.Errorf("%d comes back as %d, %v", id, got, err)
		}
		if _, err := decodeCursor('f', encodeCursor('p', id)); err == nil {
			t.Error("another list's cursor is taken")
		}
	}
}

// A cursor is one that encodeCursor makes, or none.
func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(encodeCursor('p', 7))
	f.Add("cAE")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := decodeCursor('p', s)
		if err == nil && s != "" && (id < 1 || encodeCursor('p', id) != s) {
			t.Errorf("%q is taken for %d", s, id)
		}
	})
}
