package onnxgraph

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

func (m *Model) parse() error {
	*m = Model{data: m.data, owned: m.owned, inits: map[string]*tensor{}, producer: map[string]int{}}
	all := span{0, len(m.data)}
	if err := (&reader{data: m.data, left: maxFields}).whole(all, modelProto, 0); err != nil {
		return err
	}
	r := &reader{data: m.data, left: maxFields}
	err := r.fields(all, "model", func(f field) error {
		switch f.num {
		case 7:
			if err := want(f, protowire.BytesType, "model"); err != nil {
				return err
			}
			if m.graph.hi != 0 {
				return fmt.Errorf("%w: two graphs", ErrFormat)
			}
			m.graph = f
			return m.parseGraph(r, f.content())
		case 8:
			return m.parseOpset(r, f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if m.graph.hi == 0 {
		return fmt.Errorf("%w: it holds no graph", ErrFormat)
	}
	if len(m.nodes) == 0 || len(m.outs) == 0 {
		return fmt.Errorf("%w: the graph has %d nodes and %d outputs", ErrFormat, len(m.nodes), len(m.outs))
	}
	for i, n := range m.nodes {
		for _, o := range n.out {
			if o == "" {
				continue
			}
			if _, twice := m.producer[o]; twice || m.inits[o] != nil {
				return fmt.Errorf("%w: tensor %q is made twice", ErrFormat, o)
			}
			m.producer[o] = i
		}
	}
	return nil
}

func (m *Model) parseOpset(r *reader, f field) error {
	if err := want(f, protowire.BytesType, "opset"); err != nil {
		return err
	}
	var domain string
	var version int64
	err := r.fields(f.content(), "opset", func(f field) (err error) {
		switch f.num {
		case 1:
			domain, err = r.str(f, "opset")
		case 2:
			version, err = r.varint(f, "opset")
		}
		return err
	})
	if domain == "" || domain == "ai.onnx" {
		m.opset = version
	}
	return err
}

func (m *Model) parseGraph(r *reader, s span) error {
	return r.fields(s, "graph", func(f field) error {
		switch f.num {
		case 1, 5, 11, 12, 13, 15:
			if err := want(f, protowire.BytesType, "graph"); err != nil {
				return err
			}
		}
		switch f.num {
		case 15:
			m.sparse = true
		case 1:
			n, err := parseNode(r, f.content())
			if err != nil {
				return err
			}
			n.at = f.span
			m.nodes = append(m.nodes, n)
		case 5:
			t, err := parseTensor(r, f.content())
			if err != nil {
				return err
			}
			if m.inits[t.name] != nil {
				return fmt.Errorf("%w: initializer %q is there twice", ErrFormat, t.name)
			}
			m.inits[t.name] = t
		case 11, 12, 13:
			v, err := parseValue(r, f)
			if err != nil {
				return err
			}
			switch f.num {
			case 11:
				m.ins = append(m.ins, v)
			case 12:
				m.outs = append(m.outs, v)
			default:
				m.infos = append(m.infos, v)
			}
		}
		return nil
	})
}

func parseNode(r *reader, s span) (n node, err error) {
	err = r.fields(s, "node", func(f field) (err error) {
		var str string
		switch f.num {
		case 1:
			str, err = r.str(f, "node")
			n.in = append(n.in, str)
		case 2:
			str, err = r.str(f, "node")
			n.out = append(n.out, str)
		case 3:
			n.name, err = r.str(f, "node")
		case 4:
			n.op, err = r.str(f, "node")
		case 7:
			n.domain, err = r.str(f, "node")
		case 5:
			if err := want(f, protowire.BytesType, "node"); err != nil {
				return err
			}
			a, sub, err := parseAttr(r, f.content())
			if err != nil {
				return err
			}
			n.attrs = append(n.attrs, a)
			n.subgraph = n.subgraph || sub
		}
		return err
	})
	return n, err
}

// parseAttr reads an attribute. Graphs inside attributes are noted, not read: nothing here needs them but whole.
func parseAttr(r *reader, s span) (a attr, subgraph bool, err error) {
	err = r.fields(s, "attribute", func(f field) (err error) {
		switch f.num {
		case 1:
			a.name, err = r.str(f, "attribute")
		case 2:
			if err = want(f, protowire.Fixed32Type, "attribute"); err == nil {
				a.f = math.Float32frombits(binary.LittleEndian.Uint32(r.data[f.val:]))
			}
		case 3:
			a.i, err = r.varint(f, "attribute")
		case 5:
			if err = want(f, protowire.BytesType, "attribute"); err == nil {
				a.t, err = parseTensor(r, f.content())
			}
		case 8:
			a.ints, err = r.ints(a.ints, f, "attribute")
		case 6, 11:
			subgraph = true
		}
		return err
	})
	return a, subgraph, err
}

func parseTensor(r *reader, s span) (*tensor, error) {
	t := &tensor{}
	var rawData bool
	err := r.fields(s, "tensor", func(f field) (err error) {
		switch f.num {
		case 1:
			t.dims, err = r.ints(t.dims, f, "tensor")
		case 2:
			var v int64
			v, err = r.varint(f, "tensor")
			t.typ = ElemType(v)
		case 4: // float_data
			if f.typ != protowire.Fixed32Type && (f.typ != protowire.BytesType || f.content().len()%4 != 0) {
				return fmt.Errorf("%w: tensor: bad float_data at byte %d", ErrFormat, f.lo)
			}
			if rawData {
				return fmt.Errorf("%w: tensor %q has raw_data and float_data", ErrFormat, t.name)
			}
			t.floats = true
			t.raw = append(t.raw, f.content())
		case 7: // int64_data
			return t.int64s(r, f)
		case 8:
			t.name, err = r.str(f, "tensor")
		case 9:
			if err = want(f, protowire.BytesType, "tensor"); err != nil {
				return err
			}
			if t.raw != nil {
				return fmt.Errorf("%w: tensor %q has its values twice", ErrFormat, t.name)
			}
			rawData = true
			t.raw = []span{f.content()}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.typ == Int64 && rawData {
		if len(t.ints) > 0 {
			return nil, fmt.Errorf("%w: tensor %q has its values twice", ErrFormat, t.name)
		}
		t.rawInts = true
		if s := t.raw[0]; s.len()%8 == 0 && s.len() <= 8*maxShape {
			for at := s.lo; at < s.hi; at += 8 {
				t.ints = append(t.ints, int64(binary.LittleEndian.Uint64(r.data[at:])))
				t.intAt = append(t.intAt, span{at, at + 8})
			}
		}
	}
	return t, nil
}

// maxShape is the length of an int64 tensor above which it is not read: it is not a shape.
const maxShape = 64

func (t *tensor) int64s(r *reader, f field) error {
	if f.typ == protowire.VarintType {
		v, err := r.varint(f, "tensor")
		t.ints, t.intAt = append(t.ints, v), append(t.intAt, f.content())
		return err
	}
	if err := want(f, protowire.BytesType, "tensor"); err != nil {
		return err
	}
	for at := f.val; at < f.hi; {
		v, n := protowire.ConsumeVarint(r.data[at:f.hi])
		if n < 0 {
			return fmt.Errorf("%w: tensor: bad int64_data at byte %d", ErrFormat, at)
		}
		if len(t.ints) <= maxShape { // one more than a shape holds, so that size shows it
			t.ints, t.intAt = append(t.ints, int64(v)), append(t.intAt, span{at, at + n})
		}
		at += n
	}
	return nil
}

func parseValue(r *reader, at field) (v value, err error) {
	v.at = at
	sub := func(f field, what string, fn func(field) error) error {
		if err := want(f, protowire.BytesType, what); err != nil {
			return err
		}
		return r.fields(f.content(), what, fn)
	}
	err = r.fields(at.content(), "value", func(f field) (err error) {
		switch f.num {
		case 1:
			v.Name, err = r.str(f, "value")
			return err
		case 2:
			v.chain, v.Shape, v.Type = []field{f}, nil, 0
			return sub(f, "type", func(f field) error {
				if f.num != 1 {
					return nil
				}
				v.chain, v.Shape = append(v.chain[:1], f), nil
				return sub(f, "tensor type", func(f field) error {
					switch f.num {
					case 1:
						t, err := r.varint(f, "tensor type")
						v.Type = ElemType(t)
						return err
					case 2:
						v.chain = append(v.chain[:2], f)
						v.Shape = []Dim{}
						return sub(f, "shape", func(f field) error {
							if f.num != 1 {
								return nil
							}
							if len(v.Shape) == 0 {
								v.chain = append(v.chain[:3], f)
							}
							d, err := parseDim(r, f)
							v.Shape = append(v.Shape, d)
							return err
						})
					}
					return nil
				})
			})
		}
		return nil
	})
	return v, err
}

func parseDim(r *reader, f field) (Dim, error) {
	d := Dim{Size: -1}
	if err := want(f, protowire.BytesType, "dimension"); err != nil {
		return d, err
	}
	err := r.fields(f.content(), "dimension", func(f field) (err error) {
		switch f.num {
		case 1:
			d.Symbol = ""
			if d.Size, err = r.varint(f, "dimension"); d.Size < 0 {
				d.Size = -1
			}
		case 2:
			d.Size = -1
			d.Symbol, err = r.str(f, "dimension")
		}
		return err
	})
	return d, err
}
