package flat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// data are the kinds of vectors that a bound could fail on.
var data = map[string]func(r *rand.Rand, n, d int) [][]float32{
	"random": func(r *rand.Rand, n, d int) [][]float32 {
		return fill(n, func(int) []float32 { return randomUnit(r, d) })
	},
	"clustered": func(r *rand.Rand, n, d int) [][]float32 {
		c := randomUnit(r, d)
		return fill(n, func(i int) []float32 {
			if i%50 == 0 {
				c = randomUnit(r, d)
			}
			return near(r, c, 0.3)
		})
	},
	"duplicate": func(r *rand.Rand, n, d int) [][]float32 {
		few := fill(5, func(int) []float32 { return randomUnit(r, d) })
		return fill(n, func(int) []float32 { return few[r.IntN(5)] })
	},
	"near-tie": func(r *rand.Rand, n, d int) [][]float32 { // a few last bits apart
		c := randomUnit(r, d)
		return fill(n, func(int) []float32 {
			v := slices.Clone(c)
			for range 3 {
				j := r.IntN(d)
				v[j] = math.Nextafter32(v[j], float32(r.IntN(3)-1))
			}
			return v
		})
	},
	"same codes": func(r *rand.Rand, n, d int) [][]float32 { // within one step of the quantiser
		c := randomUnit(r, d)
		return fill(n, func(int) []float32 { return near(r, c, 1e-4) })
	},
	"one-hot": func(r *rand.Rand, n, d int) [][]float32 {
		return fill(n, func(int) []float32 {
			v := make([]float32, d)
			v[r.IntN(d)] = float32(1 - 2*r.IntN(2))
			return v
		})
	},
	"heavy tail": func(r *rand.Rand, n, d int) [][]float32 {
		return fill(n, func(int) []float32 {
			v := randomUnit(r, d)
			for i := range v {
				v[i] *= v[i] * v[i]
			}
			v[r.IntN(d)] += 1e-3
			return unit(v)
		})
	},
	"half steps": func(r *rand.Rand, n, d int) [][]float32 { // values on the quantiser's boundaries
		return fill(n, func(int) []float32 {
			v := make([]float32, d)
			for i := range v {
				v[i] = float32(r.IntN(256)-128) / 127.5
			}
			v[r.IntN(d)] = 1
			return unit(v)
		})
	},
	"off length": func(r *rand.Rand, n, d int) [][]float32 { // as far from 1 as is let in
		return fill(n, func(int) []float32 {
			v, f := randomUnit(r, d), float32(1+0.00099*(1-2*float64(r.IntN(2))))
			for i := range v {
				v[i] *= f
			}
			return v
		})
	},
}

func fill(n int, f func(int) []float32) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func near(r *rand.Rand, c []float32, by float64) []float32 {
	v := randomUnit(r, len(c))
	for i := range v {
		v[i] = c[i] + float32(by)*v[i]
	}
	return unit(v)
}

func slow() bool { return os.Getenv("FACEID_SLOW") != "" }

// TestExact compares searches with brute force, of every kind of vector, kernel, size of batch and of answer.
// FACEID_SLOW=1 makes 100,000 searches of it.
func TestExact(t *testing.T) {
	total := 3000
	if slow() {
		total = 100_000
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	done := 0
	for round := 0; done < total; round++ {
		for _, kind := range sortedKeys(data) {
			d := []int{2, 16, 61, 128, 130, 512}[r.IntN(6)]
			n := []int{1, 15, 100, 700}[r.IntN(4)]
			vecs := data[kind](r, n, d)
			x, err := New(d, &Options{Kernel: Kernels()[r.IntN(len(Kernels()))], ChunkRows: 64, Workers: 1 + r.IntN(3)})
			if err != nil {
				t.Fatal(err)
			}
			people := int64(1 + r.IntN(n))
			rows := make([]Row, n)
			for i, v := range vecs {
				rows[i] = Row{int64(i), r.Int64N(people) - people/2, v}
			}
			r.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			if err := x.Append(rows[:n/2], Stamp{}); err != nil {
				t.Fatal(kind, err)
			}
			if err := x.Append(rows[n/2:], Stamp{}); err != nil {
				t.Fatal(kind, err)
			}
			probes := fill([]int{1, 2, 17, 70}[r.IntN(4)], func(i int) []float32 {
				switch v := vecs[r.IntN(n)]; i % 3 {
				case 0:
					return v
				case 1:
					return near(r, v, 0.1)
				}
				return data[kind](r, 1, d)[0]
			})
			o := SearchOptions{K: []int{1, 3, 10, 50}[r.IntN(4)], Mean: r.IntN(8) == 0}
			if r.IntN(4) == 0 {
				o.People = []int64{}
				for range r.IntN(int(people) + 1) {
					o.People = append(o.People, r.Int64N(people)-people/2)
				}
			}
			got, err := x.Search(ctx, probes, &o)
			if err != nil {
				t.Fatal(kind, err)
			}
			for i, p := range probes {
				if want := brute(rows, p, o); !slices.Equal(got[i], want) {
					t.Fatalf("%s: kernel %s, n %d, d %d, options %+v:\n got %v\nwant %v", kind, x.kern.name(),
						n, d, o, got[i], want)
				}
			}
			done += len(probes)
		}
	}
	t.Logf("%d searches equal brute force", done)
}

// TestBound tries the inequality of doc.go itself, with the very arithmetic of the passes.
func TestBound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, kind := range sortedKeys(data) {
		for _, d := range []int{1, 16, 128, 512, 4096} {
			n := 64
			if d == 4096 && !slow() {
				n = 16
			}
			vecs := append(data[kind](r, n, d), data["random"](r, 4, d)...)
			y := newLayout(d, 80)
			c := y.alloc(0)
			u := make([]uint8, y.dp)
			for i, v := range vecs {
				s, r4, r8 := quantise(u, v)
				c.put(i, Row{Vector: v}, u, s, r4, r8)
			}
			for _, q := range vecs[n/2:] {
				e := make([]int8, y.dp)
				z := quantiseProbe(e, q)
				for i, v := range vecs {
					s := Score(q, v)
					// A row whose score is the threshold must pass both.
					p := z.probe(s)
					for _, k := range kernels {
						idx, dot, count, ub := make([]int32, 96), make([]int32, 96),
							make([]int32, 1), make([]float64, 96)
						k.scan(c.h, c.s, c.r4, len(vecs), y.dp, 1, e, []probe{p}, idx, dot, count, 96)
						m := k.refine(c.l, c.s, c.r8, y.dp, e, &p, idx[:count[0]], dot, ub)
						if !slices.Contains(idx[:m], int32(i)) {
							t.Fatalf("%s, d %d, kernel %s: row %d of score %v was left out", kind, d, k.name(), i, s)
						}
						if d > 128 && !slow() {
							break
						}
					}
				}
			}
		}
	}
}

// TestKernelsAgree compares every loop with the plain Go one.
func TestKernelsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, k := range kernels {
		for _, d := range []int{1, 15, 16, 17, 100, 512, 1000} {
			a, b := make([]float32, d), make([]float32, 3*d)
			for i := range a {
				a[i] = float32(r.NormFloat64())
			}
			for i := range b {
				b[i] = float32(r.NormFloat64() * math.Exp(10*r.NormFloat64()))
			}
			got, want := make([]float64, 3), make([]float64, 3)
			k.dots(a, b, 3, got)
			goKernel{}.dots(a, b, 3, want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: dots of %d: %v, want %v", k.name(), d, got, want)
			}
		}
		for _, nq := range []int{1, 2, 16, 17, 64} {
			const dp, rows, stride = 256, 70, 96
			h, l := make([]byte, 80*dp/2), make([]byte, 80*dp/2)
			s, r4 := make([]float32, 80), make([]float32, 80)
			for i := range h {
				h[i], l[i] = byte(r.Uint32()), byte(r.Uint32())
			}
			codes := make([]int8, nq*dp)
			for i := range codes {
				codes[i] = int8(r.IntN(255) - 127)
			}
			copy(codes, slices.Repeat([]int8{-127}, dp)) // the largest sums
			copy(h, slices.Repeat([]byte{255}, 8*dp))
			e := make([]int8, (nq+15)/16*16*dp)
			if tileCodes(e, codes, dp, nq); nq == 1 {
				e = codes
			}
			p := make([]probe, nq)
			for i := range p {
				p[i] = probe{a: 1, thr: -math.MaxFloat32, thr2: -math.MaxFloat64, a2: 1, b2: 1}
			}
			for i := range s {
				s[i] = 1
			}
			r4[5] = never
			p[0].b = 1
			run := func(k kernel) string {
				idx, dot, count := make([]int32, nq*stride), make([]int32, nq*stride), make([]int32, nq)
				k.scan(h, s, r4, rows, dp, nq, e, p, idx, dot, count, stride)
				out := ""
				for q := range nq {
					ix, dt, ub := idx[q*stride:][:count[q]], dot[q*stride:][:count[q]], make([]float64, stride)
					n := k.refine(l, s, s, dp, codes[q*dp:][:dp], &p[q], ix, dt, ub)
					out += fmt.Sprintln(dt, ix[:n], ub[:n])
				}
				return out
			}
			if got, want := run(k), run(goKernel{}); got != want {
				t.Errorf("%s, %d probes: loops differ from plain Go", k.name(), nq)
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}
