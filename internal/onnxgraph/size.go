package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// anySize are the operators that take images of any size and any number of them.
var anySize = []string{"Conv", "ConvTranspose", "BatchNormalization", "Relu", "Sigmoid", "Add", "Mul", "MaxPool",
	"AveragePool", "Clip", "PRelu", "LeakyRelu", "Concat", "Identity"}

// FreeSize makes the number of images, their height and their width symbolic in the input and the outputs of a
// convolutional network, whose file names the size that it was exported with. What the file says of the shapes in
// between goes. It returns ErrBatch for a graph with an operator whose result may depend on that size.
func (m *Model) FreeSize() error {
	for i := range m.nodes {
		n := &m.nodes[i]
		if a := n.attr("value"); n.op == "Constant" && a != nil && a.t != nil && a.t.size() == 1 {
			continue // a number goes with any size
		}
		if n.subgraph || !n.standard() || !slices.Contains(anySize, n.op) {
			return fmt.Errorf("%w: node %v may depend on the size", ErrBatch, n)
		}
	}
	var edits []edit
	open := func(v value) error {
		if len(v.Shape) != 4 {
			return fmt.Errorf("%w: %q has %d dimensions where images have 4", ErrBatch, v.Name, len(v.Shape))
		}
		edits = append(edits, m.reshape(v))
		return nil
	}
	for _, v := range m.ins {
		if m.inits[v.Name] == nil {
			if err := open(v); err != nil {
				return err
			}
		}
	}
	for _, v := range m.outs {
		if v.Shape == nil { // nothing is said of it
			continue
		}
		if err := open(v); err != nil {
			return err
		}
	}
	for _, v := range m.infos {
		edits = append(edits, edit{v.at.span, nil})
	}
	return m.splice(edits)
}

// reshape returns the edit that opens all dimensions of v but the channels.
func (m *Model) reshape(v value) edit {
	symbol := func(s string) []byte {
		return message(1, protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), s))
	}
	shape := symbol("batch")
	if c := v.Shape[1]; c.Size >= 0 {
		number := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(c.Size))
		shape = append(shape, message(1, number)...)
	} else {
		shape = append(shape, symbol("channels")...)
	}
	// Inputs and outputs differ in size, so each has names of its own.
	shape = append(append(shape, symbol(v.Name+"_height")...), symbol(v.Name+"_width")...)
	inner, old := message(v.chain[2].num, shape), v.chain[2].span
	for _, f := range []field{v.chain[1], v.chain[0], v.at} {
		var c []byte
		c = append(c, m.data[f.val:old.lo]...)
		c = append(c, inner...)
		c = append(c, m.data[old.hi:f.hi]...)
		inner, old = message(f.num, c), f.span
	}
	return edit{v.at.span, inner}
}
