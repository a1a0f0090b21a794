// Command gallery measures exact search over a million templates beside FAISS, usearch and hnswlib, in one run on one
// machine, and prints tables and, last, one line of JSON. `make bench-gallery` calls it; -h lists what can be varied.
//
// The peers are Python's wheels, in the interpreter that FACEID_BENCH_PYTHON names or in a virtual environment made
// once in the user's cache directory. They get the same vectors through a .npy file and take turns with ours, search by
// search, so that a busy machine hurts all alike; medians are compared. FAISS is IndexFlatIP; usearch is its exact mode
// (search(…, exact=True)); hnswlib is its BFIndex, with -hnswlib only, for it needs another 2 GB. Approximate indexes
// are not compared: their answers differ.
//
// Identical to FAISS means, rank by rank: the same id, or, where FAISS's float32 sums decide otherwise, an id whose
// reference score (flat.Score, float64 sums) is within 2e-6 of ours; and FAISS's score within 2e-6 of the reference.
// Every template is a person of its own here, so that ten people are ten templates.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"

	"faceid/bench/internal/peers"
)

type config struct {
	n, d, k int
	seed    uint64
	rounds  int
	hnswlib bool
	noPeers bool
	noStore bool
	storeN  int
	plot    string
}

func main() {
	var c config
	flag.IntVar(&c.n, "n", 1_000_000, "templates")
	flag.IntVar(&c.d, "d", 512, "dimensions")
	flag.IntVar(&c.k, "k", 10, "people wanted")
	flag.Uint64Var(&c.seed, "seed", 1, "seed of the data")
	flag.IntVar(&c.rounds, "rounds", 15, "turns of single probes; a third of it of batches")
	flag.BoolVar(&c.hnswlib, "hnswlib", false, "hnswlib's BFIndex too")
	flag.BoolVar(&c.noPeers, "no-peers", false, "ours alone")
	flag.BoolVar(&c.noStore, "no-store", false, "without the store: no rebuild, no bulk import; cold start of the "+
		"index alone")
	flag.IntVar(&c.storeN, "store-n", 0, "templates in the store; 0 means -n")
	flag.StringVar(&c.plot, "plot", "", "draw the growth table to this .png or .svg")
	kind := flag.String("child", "", "internal: what a fresh process does")
	file := flag.String("file", "", "internal: its file")
	searches := flag.Int("searches", 1, "internal: its searches")
	flag.Parse()
	err := func() error {
		if *kind != "" {
			return child(*kind, *file, *searches, c.seed, c.d)
		}
		return bench(&c)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/gallery:", err)
		os.Exit(2)
	}
}

// figures is the last line. A figure that was not measured is null.
type figures struct {
	Search1MVsFaiss   *float64 `json:"search_1m_vs_faiss_flat"`
	Search1MVsUsearch *float64 `json:"search_1m_vs_usearch"`
	Batch64VsFaiss    *float64 `json:"batch64_1m_vs_faiss_flat"`
	Exact             *bool    `json:"exact"`
	BandwidthShare    *float64 `json:"bandwidth_share"`
	P50               *float64 `json:"p50_100k_ms"`
	P99               *float64 `json:"p99_100k_ms"`
	Cold              *float64 `json:"cold_1m_ms"`
	Rebuild           *float64 `json:"rebuild_1m_s"`
	Bulk              *float64 `json:"bulk_per_s"`
	ResidentVsFaiss   *float64 `json:"resident_1m_vs_faiss_flat"`
}

func bench(c *config) error {
	c.n = max(1024, c.n/perPerson*perPerson)
	if c.storeN == 0 {
		c.storeN = c.n
	}
	cache, err := peers.Cache()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(cache, "bench-gallery-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%d × %d, top %d, %d cores, %s/%s\n\n", c.n, c.d, c.k, runtime.GOMAXPROCS(0), runtime.GOOS,
		runtime.GOARCH)
	var f figures
	if err := growth(c, dir, &f); err != nil {
		return err
	}
	if err := compare(c, dir, &f); err != nil {
		return err
	}
	if !c.noStore {
		os.Remove(dataFile(dir)) // its pages make room
		if err := store(c, dir, &f); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}
