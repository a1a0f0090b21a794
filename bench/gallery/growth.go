package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"

	"faceid/gallery/flat"
)

func dataFile(dir string) string         { return filepath.Join(dir, "data.npy") }
func probeFile(dir string) string        { return filepath.Join(dir, "probes.npy") }
func indexFile(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("index-%d", n)) }

const probeCount = 256

// grown is one line of the growth table.
type grown struct {
	n                int
	p50, p99, batch  float64 // ms; batch is a probe's share of 64
	resident, onDisk int64
	build            float64 // s
}

// growth makes the data and an index of each size, and measures single probes and batches of 64 on each.
func growth(c *config, dir string, f *figures) error {
	var sizes []int
	for n := 1000; n <= c.n; n *= 10 {
		sizes = append(sizes, n)
	}
	if !slices.Contains(sizes, c.n) {
		sizes = append(sizes, c.n)
	}
	builders := make([]*flat.Builder, len(sizes))
	build := make([]time.Duration, len(sizes))
	for i, n := range sizes {
		b, err := flat.Create(indexFile(dir, n), c.d, nil)
		if err != nil {
			return err
		}
		defer b.Abort()
		builders[i] = b
	}
	data, err := createNPY(dataFile(dir), c.n, c.d)
	if err != nil {
		return err
	}
	var first []float32
	const step = 10_000
	for from := 0; from < c.n; from += step {
		v := rowsFrom(c.seed, from, min(step, c.n-from), c.d)
		if from == 0 {
			first = v
		}
		if err := data.write(v); err != nil {
			return err
		}
		rows := make([]flat.Row, len(v)/c.d)
		for i := range rows {
			id := int64(from + i + 1)
			rows[i] = flat.Row{Template: id, Person: id, Vector: v[i*c.d:][:c.d]}
		}
		for i, n := range sizes {
			if from < n {
				start := time.Now()
				if err := builders[i].Append(rows[:min(len(rows), n-from)]); err != nil {
					return err
				}
				build[i] += time.Since(start)
			}
		}
	}
	if err := data.close(); err != nil {
		return err
	}
	probes := probesOf(c.seed, first, probeCount, c.d)
	p, err := createNPY(probeFile(dir), probeCount, c.d)
	if err != nil {
		return err
	}
	for _, v := range probes {
		if err := p.write(v); err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	fmt.Println("templates      p50 ms      p99 ms   batch of 64, ms per probe resident MB     file MB     build s")
	var table []grown
	for i, n := range sizes {
		start := time.Now()
		x, err := builders[i].Commit(flat.Stamp{})
		if err != nil {
			return err
		}
		g := grown{n: n, build: (build[i] + time.Since(start)).Seconds()}
		g.onDisk = x.Stats().FileBytes
		if err := measure(c, x, probes, &g); err != nil {
			return err
		}
		if err := x.Close(); err != nil {
			return err
		}
		ch, err := runChild("index", indexFile(dir, n), 100)
		if err != nil {
			return err
		}
		g.resident = ch.RSS
		table = append(table, g)
		fmt.Printf("%9d  %10.3f  %10.3f  %24.3f  %12.0f  %10.0f  %10.2f\n", n, g.p50, g.p99, g.batch,
			float64(g.resident)/1e6, float64(g.onDisk)/1e6, g.build)
		if n == 100_000 {
			f.P50, f.P99 = &g.p50, &g.p99
		}
		if n != c.n {
			if err := os.Remove(indexFile(dir, n)); err != nil {
				return err
			}
		}
	}
	if l := table[len(table)-1]; l.n == 1_000_000 {
		fmt.Printf("%9d  %10.1f  by arithmetic: ten times the bytes at the same rate; resident %.1f GB, file %.1f GB\n",
			10*l.n, 10*l.p50, 10*float64(l.resident)/1e9, 10*float64(l.onDisk)/1e9)
	}
	fmt.Println()
	if c.plot != "" {
		return draw(c.plot, table)
	}
	return nil
}

// measure fills in the latencies. Searches of one size follow each other without a pause.
func measure(c *config, x *flat.Index, probes [][]float32, g *grown) error {
	o := &flat.SearchOptions{K: c.k}
	if _, err := x.Search(ctx, probes, o); err != nil { // touches and checks everything
		return err
	}
	var one, many []float64
	times := max(100, min(2000, 100_000_000/g.n))
	for i := range times {
		start := time.Now()
		if _, err := x.Search(ctx, probes[i%len(probes):][:1], o); err != nil {
			return err
		}
		one = append(one, ms(time.Since(start)))
	}
	for i := range 8 {
		start := time.Now()
		if _, err := x.Search(ctx, probes[i%4*64:][:64], o); err != nil {
			return err
		}
		many = append(many, ms(time.Since(start))/64)
	}
	g.p50, g.p99, g.batch = median(one), quantile(one, 0.99), median(many)
	return nil
}

func draw(path string, table []grown) error {
	p := plot.New()
	p.Title.Text = "Exact search, 512 dimensions, top 10"
	p.X.Label.Text, p.Y.Label.Text = "templates", "ms, MB or s"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	lines := []any{}
	for _, l := range []struct {
		name string
		of   func(g grown) float64
	}{
		{"one probe, p50, ms", func(g grown) float64 { return g.p50 }},
		{"ms per probe, of 64", func(g grown) float64 { return g.batch }},
		{"resident, MB", func(g grown) float64 { return float64(g.resident) / 1e6 }},
		{"build, s", func(g grown) float64 { return max(1e-3, g.build) }},
	} {
		xy := make(plotter.XYs, len(table))
		for i, g := range table {
			xy[i] = plotter.XY{X: float64(g.n), Y: l.of(g)}
		}
		lines = append(lines, l.name, xy)
	}
	if err := plotutil.AddLinePoints(p, lines...); err != nil {
		return err
	}
	return p.Save(16*vg.Centimeter, 12*vg.Centimeter, path)
}
