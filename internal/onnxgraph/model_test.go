package onnxgraph_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"faceid/internal/onnxgraph"
)

func TestParse(t *testing.T) {
	g := &graph{Opset: 17}
	g.In("x", 1, 3, -1, 112)
	g.In("w", 2) // named as an input too, as old exporters do
	g.Floats("w", raw, []float32{1, 2}, 2)
	g.Node("Mul", []string{"x", "w"}, []string{"y"})
	g.Out("y", 1, 3, -1, 112)
	m := parse(t, g.Model())
	shape := []onnxgraph.Dim{{Size: 1}, {Size: 3}, {Size: -1, Symbol: "any"}, {Size: 112}}
	if got, want := m.Inputs(), []onnxgraph.Value{{Name: "x", Type: onnxgraph.Float32,
		Shape: shape}}; !reflect.DeepEqual(got, want) {
		t.Errorf("inputs %+v", got)
	}
	if got := m.Outputs(); len(got) != 1 || got[0].Name != "y" ||
		!reflect.DeepEqual(got[0].Sizes(), []int64{1, 3, -1, 112}) {
		t.Errorf("outputs %+v", got)
	}
	if m.Opset() != 17 {
		t.Errorf("opset %d", m.Opset())
	}
	if !bytes.Equal(m.Bytes(), g.Model()) {
		t.Error("reading changed the file")
	}
	m.Inputs()[0].Shape[0].Size = 9
	if m.Inputs()[0].Shape[0].Size != 1 {
		t.Error("Inputs gives away the model's own shape")
	}
}

func TestParseHostile(t *testing.T) {
	ok := &graph{}
	ok.In("x", 1, 3)
	ok.Node("Relu", []string{"x"}, []string{"y"})
	ok.Out("y", 1, 3)
	deep := []byte{}
	for range 100_000 { // a graph in an attribute in a node in a graph …
		deep = append(deep, 0x0a, 0x7f)
	}
	group := bytes.Repeat([]byte{0x0b}, 1<<20) // groups that open and never close
	huge := protowire.AppendVarint([]byte{0x3a}, 1<<62)
	nested := ok.Body()
	for range 2000 {
		n := cat(str(2, "t"), str(4, "If"), attrG("then_branch", nested))
		nested = cat(msg(1, n), ok.Body())
	}
	external := func(fields ...[]byte) []byte {
		g := *ok
		g.Inits = msg(5, num(1, 2), num(2, 1), str(8, "W"), cat(fields...))
		return g.Model()
	}
	for name, c := range map[string]struct {
		b  []byte
		is error
	}{
		"empty":                 {nil, onnxgraph.ErrFormat},
		"text":                  {[]byte("version https://git-lfs.github.com/spec/v1\n"), onnxgraph.ErrFormat},
		"zeros":                 {make([]byte, 100), onnxgraph.ErrFormat},
		"a huge length":         {huge, onnxgraph.ErrFormat},
		"deep nesting of bytes": {deep, onnxgraph.ErrFormat},
		"groups without end":    {group, onnxgraph.ErrFormat},
		"no graph":              {num(1, 6), onnxgraph.ErrFormat},
		"an empty graph":        {msg(7), onnxgraph.ErrFormat},
		"a graph that is a sum": {num(7, 1), onnxgraph.ErrFormat},
		"two graphs":            {cat(ok.Model(), ok.Model()), onnxgraph.ErrFormat},
		"a tensor made twice": {(&graph{Nodes: cat(ok.Nodes, ok.Nodes), Ins: ok.Ins, Outs: ok.Outs}).Model(),
			onnxgraph.ErrFormat},
		"external by location": {external(num(14, 1)), onnxgraph.ErrExternalData},
		"external by entry": {external(msg(13, str(1, "location"), str(2, "weights.bin"))),
			onnxgraph.ErrExternalData},
		"nested two thousand deep": {msg(7, nested), onnxgraph.ErrFormat},
		"odd float_data":           {external(msg(4, []byte{1, 2, 3})), onnxgraph.ErrFormat},
		"values twice": {external(msg(9, le([]float32{1, 2})), msg(9, le([]float32{1, 2}))),
			onnxgraph.ErrFormat},
		"values in two forms": {external(msg(9, le([]float32{1, 2})), f32(4, 1), f32(4, 2)), onnxgraph.ErrFormat},
		"two initializers alike": {(&graph{Nodes: ok.Nodes, Ins: ok.Ins, Outs: ok.Outs,
			Inits: bytes.Repeat(msg(5, str(8, "W")), 2)}).Model(), onnxgraph.ErrFormat},
		"millions of nodes": {msg(7, bytes.Repeat(msg(1), 1_100_000)), onnxgraph.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := onnxgraph.Parse(c.b)
			if !errors.Is(err, c.is) {
				t.Errorf("got %v, want %v", err, c.is)
			}
		})
	}
	t.Run("every prefix", func(t *testing.T) {
		b := layers[3].make(1).Model()
		for n := range b {
			check(t, b[:n])
		}
	})
	t.Run("every flipped bit", func(t *testing.T) {
		b := layers[9].make(1).Model()
		for i := range b {
			for bit := range 8 {
				c := bytes.Clone(b)
				c[i] ^= 1 << bit
				check(t, c)
			}
		}
	})
}

// TestParseMemory reads files that promise much: what is allocated stays in proportion to the file.
func TestParseMemory(t *testing.T) {
	g := &graph{}
	g.In("x", 1, 3)
	g.Node("MatMul", []string{"x", "W"}, []string{"y"})
	g.Floats("W", raw, nil, 1<<30, 1<<30)
	g.Out("y", 1, 3)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m := parse(t, g.Model())
	_, _ = m.LastDense() // it fails; see TestNoDense
	runtime.ReadMemStats(&after)
	if d := after.TotalAlloc - before.TotalAlloc; d > 1<<20 {
		t.Errorf("%d bytes for a file of %d", d, len(g.Model()))
	}
}

// exercise does all that can be done with a model and checks what must hold whatever the file says.
func exercise(b []byte) error {
	before := bytes.Clone(b)
	m, err := onnxgraph.Parse(b)
	if err != nil {
		return err // one of the sentinels
	}
	m.Inputs()
	outs := m.Outputs()
	if d, err := m.LastDense(); err == nil {
		if len(d.W) != d.Dim*d.In || len(d.B) != d.Dim {
			return errors.New("weights of the wrong length")
		}
		if err := m.SetDense(d.W, d.B); err == nil && len(m.Bytes()) != len(b) {
			return errors.New("SetDense changed the length")
		}
		if err := m.Tap(d.Trunk); err == nil && len(m.Outputs()) < len(outs) {
			return errors.New("an output is gone")
		}
	}
	if err := m.FreeBatch(); err == nil {
		for _, v := range m.Inputs() {
			if v.Shape[0].Size != -1 {
				return errors.New("the batch is not free")
			}
		}
	} else if !errors.Is(err, onnxgraph.ErrBatch) {
		return errors.New("FreeBatch made a file that cannot be read: " + err.Error())
	}
	if _, err := onnxgraph.Parse(m.Bytes()); err != nil {
		return errors.New("the patched file cannot be read: " + err.Error())
	}
	if !bytes.Equal(b, before) {
		return errors.New("the caller's bytes were changed")
	}
	return nil
}

// check fails the test if exercise finds anything but a file that cannot be read.
func check(t *testing.T, b []byte) {
	t.Helper()
	if err := exercise(b); err != nil && !errors.Is(err, onnxgraph.ErrFormat) &&
		!errors.Is(err, onnxgraph.ErrExternalData) {
		t.Fatal(err)
	}
}

func FuzzModel(f *testing.F) {
	for i, l := range layers {
		f.Add(l.make(uint64(i)).Model())
	}
	r := rand.New(rand.NewPCG(1, 1))
	noise := make([]byte, 64)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	f.Add(noise)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) <= 1<<16 {
			check(t, b)
		}
	})
}

// TestParseExternal puts a tensor whose values lie in another file wherever onnx.proto has room for a tensor: the
// checksum of a model covers the file alone, so there must be no such place.
func TestParseExternal(t *testing.T) {
	in := func(location []byte) map[string][]byte {
		tensor := cat(num(1, 2), num(2, 1), str(8, "W"), location)
		constant := cat(str(2, "c"), str(4, "Constant"), msg(5, str(1, "value"), msg(5, tensor), num(20, 4)))
		sub := cat(msg(1, constant), msg(12, str(1, "c")))
		node := func(a ...[]byte) []byte { return msg(1, str(2, "z"), str(4, "If"), msg(5, cat(a...))) }
		g := func() *graph {
			g := &graph{}
			g.In("x", 1, 3)
			g.Node("Relu", []string{"x"}, []string{"y"})
			g.Out("y", 1, 3)
			return g
		}
		inGraph := func(more []byte) []byte { m := g(); m.Nodes = cat(m.Nodes, more); return m.Model() }
		return map[string][]byte{
			"initializer":            inGraph(msg(5, tensor)),
			"sparse initializer":     inGraph(msg(15, msg(1, tensor))),
			"its indices":            inGraph(msg(15, msg(2, tensor))),
			"attribute":              inGraph(msg(1, constant)),
			"list of tensors":        inGraph(node(str(1, "a"), msg(10, tensor))),
			"sparse attribute":       inGraph(node(str(1, "a"), msg(22, msg(1, tensor)))),
			"sparse attributes":      inGraph(node(str(1, "a"), msg(23, msg(1, tensor)))),
			"branch":                 inGraph(node(str(1, "then_branch"), msg(6, sub))),
			"initializer in branch":  inGraph(node(str(1, "then_branch"), msg(6, msg(5, tensor)))),
			"branch in a branch":     inGraph(node(str(1, "b"), msg(6, node(str(1, "c"), msg(6, sub))))),
			"list of graphs":         inGraph(node(str(1, "graphs"), msg(11, sub))),
			"function":               cat(g().Model(), msg(25, str(1, "f"), msg(7, constant))),
			"default of a function":  cat(g().Model(), msg(25, str(1, "f"), msg(11, str(1, "a"), msg(5, tensor)))),
			"training's first graph": cat(g().Model(), msg(20, msg(1, sub))),
			"training's algorithm":   cat(g().Model(), msg(20, msg(2, sub))),
		}
	}
	for place, b := range in(nil) {
		if _, err := onnxgraph.Parse(b); err != nil {
			t.Errorf("%s, with its values in the file: %v", place, err)
		}
	}
	for how, location := range map[string][]byte{"location": num(14, 1),
		"entry": msg(13, str(1, "location"), str(2, "w"))} {
		for place, b := range in(location) {
			if _, err := onnxgraph.Parse(b); !errors.Is(err, onnxgraph.ErrExternalData) {
				t.Errorf("%s by %s: got %v", place, how, err)
			}
		}
	}
}
