// Command onnx makes small ONNX models of every kind that the program opens, and models.json, what they answer:
//
//	go run ./testdata/onnx testdata/onnx
//
// The weights are made up: the detectors find red squares, the embedders mean nothing. The answers are computed by
// plain loops, without an ONNX runtime. The models are the same bytes on every machine.
package main

import (
	"encoding/json"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"

	"faceid/internal/golden"
	"faceid/internal/onnxgraph/onnxtest"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run ./testdata/onnx FOLDER")
	}
	save := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), b, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	var all golden.ONNX
	for _, op := range []struct{ op, file string }{{"Gemm", "gemm"}, {"MatMul", "matmul-add"}, {"Conv", "conv1x1"}} {
		for _, norm := range []bool{false, true} {
			name := "embedder-" + op.file
			if norm {
				name += "-bn"
			}
			e, b := embedder(name+".onnx", op.op, norm)
			all.Embedders = append(all.Embedders, e)
			save(e.File, b)
		}
	}
	var b []byte
	all.Points, b = points68()
	save("points68.onnx", b)
	all.UltraFace, b = ultraFace()
	save("ultraface.onnx", b)
	all.YuNet, b = yuNet()
	save("yunet.onnx", b)
	js, err := json.Marshal(all)
	if err != nil {
		log.Fatal(err)
	}
	save("models.json", append(js, '\n'))
}

var rng *rand.Rand

func seed(n int) { rng = rand.New(rand.NewPCG(20261127, uint64(n))) }

// weights are multiples of 2⁻¹⁰ in (−size, size).
func weights(n int, size float64) []float32 {
	o := make([]float32, n)
	for i := range o {
		o[i] = float32(size * float64(rng.IntN(2047)-1023) / 1024)
	}
	return o
}

// square is the attribute of a kernel of k × k.
func square(k int64) []byte { return onnxtest.AttrInts("kernel_shape", k, k) }
