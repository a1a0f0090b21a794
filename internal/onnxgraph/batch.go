package onnxgraph

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// edit replaces the bytes at a span by others.
type edit struct {
	span
	with []byte
}

// splice applies edits inside the graph and writes the graph's length anew; then the result is read again.
func (m *Model) splice(edits []edit) error {
	if len(edits) == 0 {
		return nil
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.lo, b.lo) })
	delta := 0
	for _, e := range edits {
		delta += len(e.with) - e.len()
	}
	g := m.graph
	out := make([]byte, 0, len(m.data)+delta+10)
	out = append(out, m.data[:g.lo]...)
	out = protowire.AppendTag(out, g.num, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(g.content().len()+delta))
	at := g.val
	for _, e := range edits {
		out = append(out, m.data[at:e.lo]...)
		out = append(out, e.with...)
		at = e.hi
	}
	out = append(out, m.data[at:]...)
	next := &Model{data: out, owned: true}
	if err := next.parse(); err != nil {
		return err
	}
	*m = *next
	return nil
}

// own makes data ours before it is changed in place. Offsets stay.
func (m *Model) own() {
	if !m.owned {
		m.data, m.owned = bytes.Clone(m.data), true
	}
}

// Tap makes the tensor an output of the graph, behind those that are there, so that its value can be read.
// A tensor that is an output already is left as it is. It returns ErrNoTensor if nothing makes the tensor.
func (m *Model) Tap(name string) error {
	for _, o := range m.outs {
		if o.Name == name {
			return nil
		}
	}
	if _, ok := m.producer[name]; !ok || name == "" {
		return fmt.Errorf("%w: %q", ErrNoTensor, name)
	}
	// What the graph says of the tensor is repeated; a bare name is enough for a runtime to infer the rest.
	info := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
	for _, v := range m.infos {
		if v.Name == name {
			info = m.data[v.at.val:v.at.hi]
			break
		}
	}
	end := m.graph.hi
	return m.splice([]edit{{span{end, end}, message(12, info)}})
}

// message returns a length-delimited field.
func message(num protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), content)
}

// FreeBatch opens the first dimension of every input and output, so that the graph takes any number of images at
// once. Where the size 1 is built into the constant shape of a Reshape, as in [1, -1], it becomes 0 ("as the
// input has it"), and shapes noted for tensors in between are dropped, since they would contradict. It
// returns ErrBatch, with the node, and changes nothing where the graph mixes the batch with another dimension: then
// images must be fed one by one. A graph whose inputs are open already promises to take any batch: there such a node is
// trusted.
func (m *Model) FreeBatch() error {
	var edits []edit
	batched := map[string]bool{} // tensors whose first dimension is the batch
	for _, v := range m.ins {
		if m.inits[v.Name] != nil {
			continue
		}
		if len(v.Shape) == 0 {
			return fmt.Errorf("%w: input %q has no shape", ErrBatch, v.Name)
		}
		batched[v.Name] = true
		switch v.Shape[0].Size {
		case 1:
			edits = append(edits, m.openBatch(v))
		case -1:
		default:
			return fmt.Errorf("%w: input %q has batch %d built in", ErrBatch, v.Name, v.Shape[0].Size)
		}
	}
	open := len(edits) == 0
	inner, err := m.follow(batched)
	if err != nil {
		if open {
			return nil
		}
		return err
	}
	return m.splice(append(edits, inner...))
}

// follow traces the batch from the inputs through the graph and returns the edits behind the inputs that free it.
func (m *Model) follow(batched map[string]bool) ([]edit, error) {
	var edits []edit
	patch := map[string]bool{} // names of constant shapes to patch
	for i := range m.nodes {
		n := &m.nodes[i]
		if n.subgraph {
			return nil, fmt.Errorf("%w: control flow in node %v", ErrBatch, n)
		}
		carries := false
		for _, in := range n.in {
			carries = carries || batched[in]
		}
		if !carries || n.op == "Shape" || n.op == "Size" {
			continue
		}
		for _, o := range n.out {
			if o != "" { // an optional output that is left out
				batched[o] = true
			}
		}
		if why := m.mixes(n, batched, patch); why != "" {
			return nil, fmt.Errorf("%w: node %v %s", ErrBatch, n, why)
		}
	}
	for _, v := range m.outs {
		if !batched[v.Name] || len(v.Shape) == 0 {
			continue
		}
		switch v.Shape[0].Size {
		case 1:
			edits = append(edits, m.openBatch(v))
		case -1:
		default:
			return nil, fmt.Errorf("%w: output %q has first dimension %d, which is not the batch", ErrBatch, v.Name,
				v.Shape[0].Size)
		}
	}
	for _, v := range m.infos {
		if batched[v.Name] && len(v.Shape) > 0 && v.Shape[0].Size >= 0 {
			edits = append(edits, edit{v.at.span, nil})
		}
	}
	for name := range patch {
		e, err := m.patchShape(name)
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

// openBatch returns the edit that makes the first dimension of v symbolic.
func (m *Model) openBatch(v value) edit {
	dim := message(1, protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), "batch"))
	chain := append([]field{v.at}, v.chain[:3]...) // value, type, tensor type, shape
	inner, old := dim, v.chain[3].span
	for i := len(chain) - 1; i >= 0; i-- {
		f := chain[i]
		var c []byte
		c = append(c, m.data[f.val:old.lo]...)
		c = append(c, inner...)
		c = append(c, m.data[old.hi:f.hi]...)
		inner, old = message(f.num, c), f.span
	}
	return edit{v.at.span, inner}
}

// mixes says why a node that reads a batched tensor cannot take a larger batch; "" if it can. The constant shapes to
// patch go to patch.
func (m *Model) mixes(n *node, batched, patch map[string]bool) string {
	if !n.standard() {
		return ""
	}
	axes := func(def []int64) []int64 {
		if a := n.attr("axes"); a != nil {
			return a.ints
		}
		if len(n.in) > 1 {
			if t := m.constant(n.in[1]); t != nil {
				return t.ints
			}
		}
		return def
	}
	isBatched := len(n.in) > 0 && batched[n.in[0]]
	switch n.op {
	case "Reshape":
		if !isBatched || len(n.in) < 2 {
			return ""
		}
		t := m.constant(n.in[1])
		if t == nil {
			return "" // computed from another tensor's shape, which grows with the batch
		}
		switch {
		case len(t.ints) == 0 || int64(len(t.ints)) != t.size():
			return "reshapes to a scalar or by a shape that cannot be read"
		case t.ints[0] == 1 && n.intAttr("allowzero", 0) != 0:
			return "has the batch built in, and allowzero"
		case t.ints[0] == 1:
			patch[n.in[1]] = true
		case t.ints[0] > 1:
			return fmt.Sprintf("reshapes to %d", t.ints)
		case t.ints[0] == -1 && len(t.ints) == 1:
			return "flattens the batch away"
		}
	case "Flatten":
		if n.intAttr("axis", 1) != 1 {
			return "flattens from another axis than 1"
		}
	case "Squeeze", "Unsqueeze":
		a := axes(nil)
		if len(a) == 0 || slices.Contains(a, 0) {
			return "adds or removes the first dimension"
		}
	case "Transpose":
		if a := n.attr("perm"); a == nil || len(a.ints) == 0 || a.ints[0] != 0 {
			return "moves the first dimension"
		}
	case "Concat":
		if n.intAttr("axis", 0) == 0 {
			return "joins along the batch"
		}
	case "Split", "Gather":
		if isBatched && n.intAttr("axis", 0) == 0 {
			return "works along the batch"
		}
	case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare":
		a := axes(nil)
		if len(a) == 0 || slices.Contains(a, 0) {
			return "reduces over the batch"
		}
	case "Gemm":
		if n.intAttr("transA", 0) != 0 {
			return "transposes the batch"
		}
	case "Resize":
		if len(n.in) > 3 {
			if t := m.constant(n.in[3]); t != nil {
				return "resizes to a constant shape"
			}
		}
	}
	return ""
}

// patchShape returns the edit that makes the leading 1 of a constant shape a 0. The constant must feed
// nothing but Reshape nodes, or others would see it change.
func (m *Model) patchShape(name string) (edit, error) {
	for i := range m.nodes {
		n := &m.nodes[i]
		for k, in := range n.in {
			if in == name && (n.op != "Reshape" || k != 1) {
				return edit{}, fmt.Errorf("%w: the shape %q feeds %v too", ErrBatch, name, n)
			}
		}
	}
	if i, ok := m.producer[name]; ok && m.nodes[i].op != "Constant" {
		return edit{}, fmt.Errorf("%w: the shape %q comes through %v", ErrBatch, name, &m.nodes[i])
	}
	at := m.constant(name).intAt[0]
	// As many bytes as before: eight of raw_data, or a varint, padded should the old one have been padded.
	b := make([]byte, at.len())
	if !m.constant(name).rawInts {
		for i := range b[:len(b)-1] {
			b[i] = 0x80
		}
	}
	return edit{at, b}, nil
}
