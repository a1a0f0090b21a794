//go:build unix

package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"gonum.org/v1/gonum/blas/blas32"

	"faceid/arcface"
	"faceid/internal/gemm"
)

const batch, dim = 512, 512

func random(rng *rand.Rand, rows, cols int) blas32.General {
	m := matrix(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	return m
}

func matrix(rows, cols int) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float32, rows*cols)}
}

// problem is one ArcFace step's inputs and outputs.
type problem struct {
	head          arcface.Head
	x, dX, dW     blas32.General
	y, classes    []int
	rng           *rand.Rand
	sampledShare  float64
	lastLoss      float64
	lastPartially float64
}

func newProblem(classes int) *problem {
	rng := rand.New(rand.NewPCG(1, 2))
	p := &problem{
		head: arcface.Head{W: random(rng, classes, dim), Margin: arcface.ArcFace(64, 0.5)},
		x:    random(rng, batch, dim), dX: matrix(batch, dim), dW: matrix(classes, dim),
		y: make([]int, batch), rng: rng, sampledShare: 0.1,
	}
	for i := range p.y {
		p.y[i] = rng.IntN(classes)
	}
	return p
}

// step is forward and backward, gradients to X and W, over all classes.
func (p *problem) step() { p.lastLoss = p.head.LossGrad(p.dX, p.dW, p.x, p.y) }

// partial is the same with a fresh sample of the classes; drawing it counts.
func (p *problem) partial() {
	p.classes = p.head.Sample(p.classes, p.rng, p.sampledShare, p.y)
	g := p.dW
	g.Rows = len(p.classes) // the first rows of dW's memory serve as the sample's gradient
	p.lastPartially = p.head.LossGradSampled(p.dX, g, p.x, p.y, p.classes)
}

type product struct{ a, b, c blas32.General }

func newProduct(m, n, k int) *product {
	rng := rand.New(rand.NewPCG(1, 2))
	return &product{random(rng, m, k), random(rng, k, n), matrix(m, n)}
}

func (p *product) step() { gemm.Gemm(false, false, 1, p.a, p.b, 0, p.c) }

// maxRSS is the process's peak resident memory in bytes. On Linux that is VmHWM, because ru_maxrss is inherited
// from the process that started this one.
func maxRSS() int64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			var kb int64
			if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
				return kb * 1024
			}
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) * 1024
}

// serve is torch_peer.py's protocol for our side, in a process of its own whose peak memory is then ours.
func serve() error {
	var p *problem
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var c int
		switch cmd := in.Text(); {
		case strings.HasPrefix(cmd, "arcface "):
			if _, err := fmt.Sscanf(cmd, "arcface %d", &c); err != nil {
				return err
			}
			p = newProblem(c)
			fmt.Println("ok")
		case cmd == "step":
			t := time.Now()
			p.step()
			fmt.Println(time.Since(t).Seconds())
		case cmd == "rss":
			fmt.Println(maxRSS())
		}
	}
	return in.Err()
}
