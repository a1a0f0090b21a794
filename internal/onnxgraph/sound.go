package onnxgraph

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Sound returns ErrFormat for a graph that nothing can run to a useful end: a node that waits for its own result, or
// for a tensor that nobody makes, an output that nobody makes, a tensor whose values are fewer or more than its
// dimensions say, or weights that are NaN. Infinities may be meant, as the bounds of a Clip.
func (m *Model) Sound() error {
	if name := m.cycle(); name != "" {
		return fmt.Errorf("%w: the graph loops: tensor %q is made of itself", ErrFormat, name)
	}
	if err := m.unmade(); err != nil {
		return err
	}
	for _, t := range m.inits {
		if err := m.sound(t); err != nil {
			return err
		}
	}
	for i := range m.nodes {
		for _, a := range m.nodes[i].attrs {
			if a.t == nil {
				continue
			}
			if err := m.sound(a.t); err != nil {
				return err
			}
		}
	}
	return nil
}

// cycle returns a tensor that is made of itself, or "" (Kahn, Topological sorting of large networks, 1962).
func (m *Model) cycle() string {
	waits := make([]int, len(m.nodes)) // for so many inputs that other nodes make
	readers := make([][]int, len(m.nodes))
	for i := range m.nodes {
		for _, in := range m.nodes[i].in {
			if p, ok := m.producer[in]; ok {
				waits[i]++
				readers[p] = append(readers[p], i)
			}
		}
	}
	var ready []int
	for i, n := range waits {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, r := range readers[i] {
			if waits[r]--; waits[r] == 0 {
				ready = append(ready, r)
			}
		}
	}
	for i, n := range waits {
		if n > 0 {
			return m.nodes[i].out[0]
		}
	}
	return ""
}

// unmade looks for names that nothing in the graph has. Sparse initializers are not read: where there is one any name
// may be its.
func (m *Model) unmade() error {
	if m.sparse {
		return nil
	}
	known := func(name string) bool {
		_, made := m.producer[name]
		return name == "" || made || m.inits[name] != nil ||
			slices.ContainsFunc(m.ins, func(v value) bool { return v.Name == name })
	}
	for i := range m.nodes {
		for _, in := range m.nodes[i].in {
			if !known(in) {
				return fmt.Errorf("%w: nothing makes the tensor %q that a %s takes", ErrFormat, in, m.nodes[i].op)
			}
		}
	}
	for _, o := range m.outs {
		if !known(o.Name) {
			return fmt.Errorf("%w: nothing makes the output %q", ErrFormat, o.Name)
		}
	}
	return nil
}

func (m *Model) sound(t *tensor) error {
	width := map[ElemType]int{Float32: 4, Float16: 2, Float64: 8}[t.typ]
	if width == 0 || t.floats && t.typ != Float32 || t.raw == nil {
		return nil // none of the values stand in t.raw
	}
	bytes := 0
	for _, s := range t.raw {
		bytes += s.len()
	}
	if n := t.size(); n < 0 || int64(bytes) != n*int64(width) {
		return fmt.Errorf("%w: tensor %q has %d bytes of values, its dimensions are %v", ErrFormat, t.name, bytes,
			t.dims)
	}
	for _, s := range t.raw {
		for at := s.lo; at+width <= s.hi; at += width {
			nan := false
			switch t.typ {
			case Float32:
				v := math.Float32frombits(binary.LittleEndian.Uint32(m.data[at:]))
				nan = v != v
			case Float16:
				nan = binary.LittleEndian.Uint16(m.data[at:])&0x7fff > 0x7c00
			case Float64:
				nan = math.IsNaN(math.Float64frombits(binary.LittleEndian.Uint64(m.data[at:])))
			}
			if nan {
				return fmt.Errorf("%w: tensor %q holds weights that are no number", ErrFormat, t.name)
			}
		}
	}
	return nil
}
