package eval

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Stream makes the exact curve of more impostor scores than fit in memory, such as all pairs of 13,000 photos
// (88 million): genuine scores are known first, impostor scores are then counted between them and forgotten. TAR, and
// so every figure, changes at genuine scores only, hence nothing is lost: Curve is ROC's without points on straight
// lines. Memory is about 64 bytes per distinct genuine score. Not safe for concurrent use; give each goroutine its
// Fork.
type Stream struct {
	genuine []float64 // distinct, ascending
	count   []int64   // genuine scores of that value
	total   int
	equal   []int64   // impostors at genuine[i]
	above   []int64   // impostors between genuine[i-1] and genuine[i]; the last element: above all
	lowest  []float64 // the least impostor score there
	n       int64
	first   []int32 // start of the search in genuine, by bucket of the score
	lo, inv float64 // bucket of s: (s − lo)·inv
}

const streamBuckets = 1 << 16

// NewStream begins a curve. It returns ErrEmpty and ErrScore as ROC does, and ErrOption for more than two billion
// scores.
func NewStream(genuine []float64) (*Stream, error) {
	if err := checkScores("genuine", genuine); err != nil {
		return nil, err
	}
	if len(genuine) > math.MaxInt32-1 {
		return nil, fmt.Errorf("%w: %d genuine scores", ErrOption, len(genuine))
	}
	s := &Stream{total: len(genuine)}
	g := slices.Clone(genuine)
	slices.Sort(g)
	for i, v := range g {
		if i == 0 || v != g[i-1] {
			s.genuine, s.count = append(s.genuine, v), append(s.count, 0)
		}
		s.count[len(s.count)-1]++
	}
	s.index()
	s.reset()
	return s, nil
}

// index prepares place: genuine scores spread over buckets of equal width.
func (s *Stream) index() {
	finite := s.genuine
	if math.IsInf(finite[0], -1) {
		finite = finite[1:]
	}
	if len(finite) == 0 || !(finite[len(finite)-1]-finite[0] <= math.MaxFloat64) || finite[0] == finite[len(finite)-1] {
		return
	}
	s.lo = finite[0]
	s.inv = float64(streamBuckets-1) / (finite[len(finite)-1] - finite[0])
	if math.IsInf(s.inv, 1) {
		s.inv = 0
		return
	}
	s.first = make([]int32, streamBuckets+1)
	for b := range s.first {
		s.first[b] = int32(sort.Search(len(s.genuine), func(i int) bool { return s.bucket(s.genuine[i]) >= b }))
	}
}

func (s *Stream) bucket(v float64) int {
	x := (v - s.lo) * s.inv
	if !(x > 0) {
		return 0
	}
	if x >= streamBuckets {
		return streamBuckets
	}
	return int(x)
}

func (s *Stream) reset() {
	n := len(s.genuine)
	s.equal, s.above, s.n = make([]int64, n), make([]int64, n+1), 0
	s.lowest = make([]float64, n+1)
}

// Fork returns a stream with the same genuine scores and no impostors, for another goroutine; Merge brings it home.
func (s *Stream) Fork() *Stream {
	f := *s
	f.reset()
	return &f
}

// Add counts impostor scores, which it does not keep. It returns ErrScore for NaN or +Inf; then those before it count.
func (s *Stream) Add(impostor ...float64) error {
	for i, v := range impostor {
		if !validScore(v) {
			return fmt.Errorf("%w: impostor score %d is %v", ErrScore, i, v)
		}
		s.add(v)
	}
	return nil
}

// Add32 is Add for the float32 of a similarity matrix.
func (s *Stream) Add32(impostor []float32) error {
	for i, v := range impostor {
		if !validScore(float64(v)) {
			return fmt.Errorf("%w: impostor score %d is %v", ErrScore, i, v)
		}
		s.add(float64(v))
	}
	return nil
}

func (s *Stream) add(v float64) {
	lo, hi := 0, len(s.genuine) // the first genuine score ≥ v is in [lo, hi]
	if s.first != nil {
		b := s.bucket(v)
		lo = int(s.first[b])
		if b < streamBuckets {
			hi = int(s.first[b+1])
		}
	}
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if s.genuine[m] < v {
			lo = m + 1
		} else {
			hi = m
		}
	}
	s.n++
	if lo < len(s.genuine) && s.genuine[lo] == v {
		s.equal[lo]++
		return
	}
	if s.above[lo] == 0 || v < s.lowest[lo] {
		s.lowest[lo] = v
	}
	s.above[lo]++
}

// Merge adds what a Fork of the same stream has counted. It returns ErrOption if the genuine scores differ.
func (s *Stream) Merge(f *Stream) error {
	if !slices.Equal(s.genuine, f.genuine) || s.total != f.total {
		return fmt.Errorf("%w: merge of another stream", ErrOption)
	}
	for i, n := range f.equal {
		s.equal[i] += n
	}
	for i, n := range f.above {
		if n == 0 {
			continue
		}
		if s.above[i] == 0 || f.lowest[i] < s.lowest[i] {
			s.lowest[i] = f.lowest[i]
		}
		s.above[i] += n
	}
	s.n += f.n
	return nil
}

// Curve returns the curve of what was added so far: ROC's, without points between the first and the last of a row of
// impostors that no genuine score interrupts. It returns ErrEmpty before the first impostor.
func (s *Stream) Curve() (Curve, error) {
	if s.n == 0 {
		return Curve{}, fmt.Errorf("%w: no impostor scores", ErrEmpty)
	}
	c := Curve{Genuine: s.total, Impostor: int(s.n)}
	c.add(math.Inf(1), 0, 0)
	var g, n int64
	for i := len(s.genuine); i >= 0; i-- {
		if i < len(s.genuine) {
			g, n = g+s.count[i], n+s.equal[i]
			c.add(s.genuine[i], int(g), int(n))
		}
		if k := s.above[i]; k > 0 {
			c.add(s.lowest[i], int(g), int(n+k))
			n += k
		}
	}
	return c, nil
}
