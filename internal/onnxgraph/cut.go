package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Cut makes the tensors the graph's only outputs, in that order, and leaves out the nodes that they do not need. What
// the file says of the tensors' shapes goes. It returns ErrNoTensor if no node makes one of them, and ErrBatch for a
// graph with control flow, whose needs do not show.
func (m *Model) Cut(names ...string) error {
	need := map[string]bool{}
	var edits []edit
	for _, v := range m.outs {
		edits = append(edits, edit{v.at.span, nil})
	}
	end := span{m.graph.hi, m.graph.hi}
	for _, name := range names {
		if _, ok := m.producer[name]; !ok {
			return fmt.Errorf("%w: %q", ErrNoTensor, name)
		}
		need[name] = true
		edits = append(edits, edit{end, message(12, protowire.AppendString(protowire.AppendTag(nil, 1,
			protowire.BytesType), name))})
	}
	for _, v := range m.infos {
		edits = append(edits, edit{v.at.span, nil})
	}
	for i := range slices.Backward(m.nodes) { // each stands behind those that it needs
		n := &m.nodes[i]
		if n.subgraph {
			return fmt.Errorf("%w: control flow in node %v", ErrBatch, n)
		}
		if !slices.ContainsFunc(n.out, func(o string) bool { return need[o] }) {
			edits = append(edits, edit{n.at, nil})
			continue
		}
		for _, in := range n.in {
			need[in] = true
		}
	}
	return m.splice(edits)
}
