package gate

import (
	"sort"

	"faceid/finetune/dense"
)

// Pair is two photos with their scores before and after.
type Pair struct {
	A      string  `json:"a"` // photo of the probe
	B      string  `json:"b"` // photo of the template
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

const worstPairs = 12

// worst finds the genuine pairs that score lowest and the impostor pairs that score highest after.
func worst(before dense.Layer, after *Panel) (misses, mixups []Pair) {
	type hit struct {
		score float32 // what is looked for is lowest
		after float32
		x, y  []float32 // trunk features
		a, b  string
	}
	var low, high []hit
	keep := func(list []hit, h hit) []hit { // ascending by score, at most worstPairs
		k := sort.Search(len(list), func(k int) bool { return list[k].score > h.score })
		list = append(list, hit{})
		copy(list[k+1:], list[k:])
		list[k] = h
		return list[:min(len(list), worstPairs)]
	}
	wanted := func(list []hit, s float32) bool { return len(list) < worstPairs || s < list[len(list)-1].score }
	seen := map[[2]int32]bool{} // a pair comes once per round that both are in, and clean against clean both ways
	after.each(1, func(_ int, r *round, i int, scores []float32) {
		for j, s := range scores {
			pair, genuine := r.pair(i, j)
			list, value := &high, -s
			if genuine {
				list, value = &low, s
			}
			if !pair || !wanted(*list, value) {
				continue
			}
			a, b := r.probe.Photo[i], r.gallery.Photo[j]
			if seen[[2]int32{a, b}] || after.kind == dense.KindClean && seen[[2]int32{b, a}] {
				continue
			}
			seen[[2]int32{a, b}] = true
			*list = keep(*list, hit{value, s, r.probe.Data.Row(i), r.gallery.Data.Row(j), r.gallery.Data.Photos[a],
				r.gallery.Data.Photos[b]})
		}
	})
	name := func(list []hit) (out []Pair) {
		e := make([]float32, 2*before.D)
		for _, h := range list {
			before.Embed(e[:before.D], h.x)
			before.Embed(e[before.D:], h.y)
			var dot float64
			for k, v := range e[:before.D] {
				dot += float64(v) * float64(e[before.D+k])
			}
			out = append(out, Pair{A: h.a, B: h.b, Before: dot, After: float64(h.after)})
		}
		return out
	}
	return name(low), name(high)
}
