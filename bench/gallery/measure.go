package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"faceid/gallery/flat"
	"faceid/gallery/sqlite"
)

var ctx = context.Background()

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

func quantile(v []float64, q float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[min(len(v)-1, int(q*float64(len(v))))]
}

func median(v []float64) float64 { return quantile(v, 0.5) }

// bandwidth is the best rate, in bytes per second, at which every core together reads memory: IndexByte looks for
// a byte that is not there, 32 bytes per instruction.
func bandwidth() float64 {
	cores := runtime.GOMAXPROCS(0)
	buf := bytes.Repeat([]byte{2}, 512<<20)
	best := 0.0
	for range 7 {
		start := time.Now()
		var wg sync.WaitGroup
		for w := range cores {
			part := buf[len(buf)/cores*w:][:len(buf)/cores]
			wg.Go(func() {
				for c := range slices.Chunk(part, 1<<20) {
					if bytes.IndexByte(c, 1) >= 0 {
						panic("the byte is not there")
					}
				}
			})
		}
		wg.Wait()
		best = max(best, float64(len(buf))/time.Since(start).Seconds())
	}
	return best
}

// rss is this process's resident memory in bytes, or 0 where the system does not say.
func rss() int64 {
	b, _ := os.ReadFile("/proc/self/status")
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// A child is a fresh process of this program that does one thing and prints its figures.
type childFigures struct {
	MS  float64 `json:"ms"`  // from the start of main to the first answer
	RSS int64   `json:"rss"` // after all searches
}

func runChild(kind, path string, searches int) (childFigures, error) {
	var c childFigures
	self, err := os.Executable()
	if err != nil {
		return c, err
	}
	cmd := exec.Command(self, "-child", kind, "-file", path, "-searches", strconv.Itoa(searches))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return c, fmt.Errorf("child %s: %w", kind, err)
	}
	return c, json.Unmarshal(out, &c)
}

// child opens an index ("index") or a gallery ("gallery") and searches it with single probes that resemble templates in
// it.
func child(kind, path string, searches int, seed uint64, d int) error {
	start := time.Now()
	var search func([]float32) error
	switch kind {
	case "index":
		x, err := flat.Open(path, &flat.Options{ReadOnly: true})
		if err != nil {
			return err
		}
		defer x.Close()
		search = func(q []float32) error { _, err := x.Search(ctx, [][]float32{q}, nil); return err }
	case "gallery":
		s, err := sqlite.Open(path, nil)
		if err != nil {
			return err
		}
		defer s.Close()
		search = func(q []float32) error { _, err := s.Search(ctx, [][]float32{q}, nil); return err }
	default:
		return fmt.Errorf("unknown child %q", kind)
	}
	probe := rowsFrom(seed, 0, perPerson, d)[:d]
	if err := search(probe); err != nil {
		return err
	}
	c := childFigures{MS: ms(time.Since(start))}
	data := rowsFrom(seed, 0, 4*perPerson, d)
	for _, q := range probesOf(seed+1, data, searches-1, d) {
		if err := search(q); err != nil {
			return err
		}
	}
	c.RSS = rss()
	return json.NewEncoder(os.Stdout).Encode(c)
}
