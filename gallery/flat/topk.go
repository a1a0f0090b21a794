package flat

import (
	"container/heap"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// topK keeps the k best people offered. The threshold only rises, and goroutines read it without the lock:
// what scores below it can no longer win, now or later.
type topK struct {
	k    int
	bits atomic.Uint32 // the worst kept score when k people are kept, else -Inf

	mu sync.Mutex    // protects the rest
	ms []Match       // a heap, the worst first
	at map[int64]int // where each person is; nil while few are kept
}

// above this many people a map finds a person, below a loop.
const mapAbove = 32

func newTopK(k int) *topK {
	t := &topK{k: k}
	t.bits.Store(math.Float32bits(never))
	return t
}

func (t *topK) threshold() float32 { return math.Float32frombits(t.bits.Load()) }

// before is the order of an answer.
func before(a, b Match) bool {
	return a.Score > b.Score || a.Score == b.Score && a.Person < b.Person
}

func (t *topK) Len() int           { return len(t.ms) }
func (t *topK) Less(i, j int) bool { return before(t.ms[j], t.ms[i]) }
func (t *topK) Swap(i, j int) {
	t.ms[i], t.ms[j] = t.ms[j], t.ms[i]
	if t.at != nil {
		t.at[t.ms[i].Person], t.at[t.ms[j].Person] = i, j
	}
}
func (t *topK) Push(m any) { t.ms = append(t.ms, m.(Match)) }
func (t *topK) Pop() any   { panic("flat: unused") }

func (t *topK) find(person int64) int {
	if t.at != nil {
		if i, ok := t.at[person]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(t.ms, func(m Match) bool { return m.Person == person })
}

// offer takes in one template's score.
func (t *topK) offer(m Match) {
	if m.Score < t.threshold() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch i := t.find(m.Person); {
	case i >= 0:
		if o := &t.ms[i]; m.Score > o.Score || m.Score == o.Score && m.Template < o.Template {
			*o = m
			heap.Fix(t, i)
		}
	case len(t.ms) < t.k:
		if t.at == nil && len(t.ms) == mapAbove {
			t.at = make(map[int64]int)
			for i, o := range t.ms {
				t.at[o.Person] = i
			}
		}
		if t.at != nil {
			t.at[m.Person] = len(t.ms)
		}
		heap.Push(t, m)
	case before(m, t.ms[0]):
		if t.at != nil {
			delete(t.at, t.ms[0].Person)
			t.at[m.Person] = 0
		}
		t.ms[0] = m
		heap.Fix(t, 0)
	}
	if len(t.ms) == t.k {
		t.bits.Store(math.Float32bits(t.ms[0].Score))
	}
}

// sorted returns the answer; nothing may be offered afterwards.
func (t *topK) sorted() []Match {
	slices.SortFunc(t.ms, func(a, b Match) int {
		if before(a, b) {
			return -1
		}
		return 1
	})
	return t.ms
}
