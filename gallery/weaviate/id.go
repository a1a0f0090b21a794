package weaviate

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"faceid/gallery"
)

// ids gives out ids without asking anybody: microseconds since 2020 in the upper 51 bits, which last until 2091, and a
// number of the open gallery, drawn at random, in the lower 12. They ascend in one process, and between processes as
// far as clocks agree.
type ids struct {
	mu   sync.Mutex
	last int64
	node int64
	now  func() time.Time
}

var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func newIDs() *ids { return &ids{node: rand.Int64N(1 << 12), now: time.Now} }

// next returns an id above all it gave before, also when the clock stands still or goes back.
func (i *ids) next() int64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	t := i.now().Sub(epoch).Microseconds()
	if t < 1 {
		t = 1
	}
	i.last = max(t, i.last+1)
	return i.last<<12 | i.node
}

// Objects have the person's id in the first half of their UUID, so that the order of UUIDs, in which the database
// lists, is that of people; the second half is 0 for the person and the start of Template.Key for a template. The same
// template enrolled again, or sent again after a lost answer, is the same object.

func personUUID(id int64) string { return formatUUID(id, 0) }

func templateUUID(person int64, t *gallery.Template) string {
	k := t.Key()
	return formatUUID(person, binary.BigEndian.Uint64(k[:8]))
}

func formatUUID(id int64, low uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(id))
	binary.BigEndian.PutUint64(b[8:], low)
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// idText is how a property holds an id: JSON numbers lose digits above 2⁵³. Its order is the ids'.
func idText(id int64) string { return fmt.Sprintf("%016x", id) }

func idTexts(ids []int64) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = idText(id)
	}
	return out
}

func parseID(s string) (int64, error) {
	var b [8]byte
	if n, err := hex.Decode(b[:], []byte(s)); err != nil || n != 8 || b[0] > 0x7f || len(s) != 16 {
		return 0, fmt.Errorf("%w: id %.40q", gallery.ErrDamaged, s)
	}
	return int64(binary.BigEndian.Uint64(b[:])), nil
}
