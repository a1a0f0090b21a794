package tidy

import (
	"container/heap"
	"slices"
)

// edge is two vectors and their score.
type edge struct {
	a, b  int32
	score float32
}

// agglomerate joins vectors into groups, the most alike first, as long as two groups that an edge joins are alike by at
// least from; weights say of how many templates each is the sum, nil: of one. It returns groups of the numbers of
// vectors, ascending within, by their first. Memory and time grow with the edges, not with the pairs.
//
// That groups are compared as wholes keeps one bad photo from chaining two people together, as single links do (Sibson
// 1973).
func agglomerate(m matrix, weights []int, edges []edge, from float32) [][]int {
	g := &groups{m: m, from: from, sum: make([][]float32, m.n), scale: make([]float32, m.n), weight: make([]int, m.n),
		members: make([][]int32, m.n), near: make([]map[int32]struct{}, m.n)}
	for i := range m.n {
		g.sum[i], g.weight[i], g.members[i] = m.row(i), 1, []int32{int32(i)}
		if weights != nil {
			g.weight[i] = weights[i]
		}
		g.scale[i] = scale(g.sum[i], g.weight[i])
	}
	for _, e := range edges {
		g.link(e.a, e.b)
		if e.score >= from {
			g.queue = append(g.queue, e)
		}
	}
	heap.Init(&g.queue)
	for len(g.queue) > 0 {
		e := heap.Pop(&g.queue).(edge)
		if g.members[e.a] != nil && g.members[e.b] != nil {
			g.join(e.a, e.b)
		}
	}
	var out [][]int
	for _, mem := range g.members {
		if mem != nil {
			list := make([]int, len(mem))
			for i, v := range mem {
				list[i] = int(v)
			}
			slices.Sort(list)
			out = append(out, list)
		}
	}
	slices.SortFunc(out, func(a, b []int) int { return a[0] - b[0] })
	return out
}

// groups are numbered: first the vectors, then what they were joined into. A number whose members are nil is gone, and
// what the queue holds of it is stale.
type groups struct {
	m       matrix
	from    float32
	sum     [][]float32
	scale   []float32 // by which sum is the group's middle
	weight  []int
	members [][]int32
	near    []map[int32]struct{} // groups that an edge leads to
	queue   edgeQueue
}

func (g *groups) link(a, b int32) {
	for _, p := range [2][2]int32{{a, b}, {b, a}} {
		if g.near[p[0]] == nil {
			g.near[p[0]] = map[int32]struct{}{}
		}
		g.near[p[0]][p[1]] = struct{}{}
	}
}

func (g *groups) join(a, b int32) {
	c := int32(len(g.sum))
	sum := make([]float32, g.m.d)
	for i := range sum {
		sum[i] = g.sum[a][i] + g.sum[b][i]
	}
	weight := g.weight[a] + g.weight[b]
	g.sum, g.weight, g.scale = append(g.sum, sum), append(g.weight, weight), append(g.scale, scale(sum, weight))
	g.members = append(g.members, append(g.members[a], g.members[b]...))
	near := make([]int32, 0, len(g.near[a])+len(g.near[b]))
	for _, old := range [2]int32{a, b} {
		for n := range g.near[old] {
			delete(g.near[n], old)
			if n != a && n != b {
				near = append(near, n)
			}
		}
		g.members[old], g.near[old], g.sum[old] = nil, nil, nil
	}
	slices.Sort(near) // maps have no order, and equal scores must not hang on one
	near = slices.Compact(near)
	g.near = append(g.near, nil)
	for _, n := range near {
		g.link(c, n)
		if s := dot(sum, g.sum[n]) * g.scale[c] * g.scale[n]; s >= g.from {
			heap.Push(&g.queue, edge{n, c, s})
		}
	}
}

// edgeQueue is a heap, the highest score on top.
type edgeQueue []edge

func (q edgeQueue) Len() int { return len(q) }
func (q edgeQueue) Less(i, j int) bool {
	x, y := q[i], q[j]
	if x.score != y.score {
		return x.score > y.score
	}
	return x.a < y.a || x.a == y.a && x.b < y.b
}
func (q edgeQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *edgeQueue) Push(x any)   { *q = append(*q, x.(edge)) }
func (q *edgeQueue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	*q = (*q)[:last]
	return e
}
