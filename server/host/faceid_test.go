package host

import (
	"math"
	"strings"
	"testing"
)

func TestFaceUUID(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range []int64{1, 2, 1 << 40, math.MaxInt64 >> 2} {
		for _, c := range []string{"a", "b"} {
			u := FaceUUID(c, id)
			if got, ok := ParseFaceUUID(c, u); !ok || got != id || seen[u] {
				t.Errorf("%s of %d in %s: %d, %v", u, id, c, got, ok)
			}
			if _, ok := ParseFaceUUID(c+"x", u); ok {
				t.Errorf("%s is taken for one of another collection", u)
			}
			if len(u) != 36 || u[14] != '8' || !strings.ContainsAny(u[19:20], "89ab") {
				t.Errorf("%s is no UUID of version 8", u)
			}
			seen[u] = true
		}
	}
	one := FaceUUID("a", 1)
	for _, bad := range []string{"", "x", one + "0", NewUUID(), strings.ReplaceAll(one, "-", "")} {
		if id, ok := ParseFaceUUID("a", bad); ok {
			t.Errorf("%q is %d", bad, id)
		}
	}
}
