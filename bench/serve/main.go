// Command serve measures faceid serve beside package recognize in this process, which is what the command line runs:
// the same photos against the same gallery, on the same cores, in turns; photos of LFW, and of 12 megapixels.
//
//	go run ./bench/serve [-lfw DIR] [-people 100000] [-clients 64] [-rounds 20] [-minutes 10] [-overload 2]
//
// The last line is JSON. serve_vs_cli is the median over the rounds of the time in the process by the time over HTTP,
// serve_vs_python of the time of a plain Python server with the same models (pyserver.py) by ours, p99_over_p50 is of
// the latency below saturation; each of the kind of photo that does worse. rss_growth is what the server's memory grew
// by in the second half of the minutes in which so many clients ask with both kinds of photo, as a share. lost are
// enrolments that were acknowledged under twice the load that can be carried and are not there, ready_s is the time
// from the start of the process until it is ready. Refused is the share of requests under that load that were told to
// come back; failed are answers, under either load, that were neither right nor that.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"faceid/bench/internal/peers"
	"faceid/recognize"
)

type options struct {
	people, clients, rounds int
	lasts, overload         time.Duration
	noPeer                  bool
}

// figures are what is measured.
type figures struct {
	ServeVsCLI float64 `json:"serve_vs_cli"`
	VsPython   float64 `json:"serve_vs_python,omitzero"`
	P99OverP50 float64 `json:"p99_over_p50"`
	RSSGrowth  float64 `json:"rss_growth"`
	Lost       int     `json:"lost"`
	ReadyS     float64 `json:"ready_s"`
	PerS       float64 `json:"requests_per_s"` // with both kinds of photo
	P50MS      float64 `json:"p50_ms"`         // under that load
	P99MS      float64 `json:"p99_ms"`
	RSSMB      float64 `json:"rss_mb"`
	Acked      int     `json:"acknowledged"`
	Refused    float64 `json:"refused"`
	Failed     int     `json:"failed"`

	Kinds map[string]kindFigures `json:"kinds"` // of each kind of photo alone
}

type kindFigures struct {
	ServeVsCLI float64 `json:"serve_vs_cli"`
	VsPython   float64 `json:"serve_vs_python,omitzero"`
	P99OverP50 float64 `json:"p99_over_p50"`
	PerS       float64 `json:"requests_per_s"`
}

// kind is a kind of photo.
type kind struct {
	name   string
	photos [][]byte // of a round
}

const (
	lfwPhotos = 120
	// Each photo of 12 megapixels is sent so often per round, that there are enough requests for the clients.
	cameraPhotos, cameraTimes = 12, 4
)

func main() {
	log.SetFlags(0)
	var o options
	lfw := flag.String("lfw", "", "folder of LFW's photos (default FACEID_SHARED/data/lfw/images, else ../shared/…)")
	flag.IntVar(&o.people, "people", 100_000, "people in the gallery")
	flag.IntVar(&o.clients, "clients", 64, "clients at once")
	flag.IntVar(&o.rounds, "rounds", 20, "rounds of the comparison; half of them of 12 megapixels")
	minutes := flag.Float64("minutes", 10, "how long the clients ask")
	over := flag.Float64("overload", 2, "minutes of twice the load that can be carried")
	flag.BoolVar(&o.noPeer, "no-python", false, "without the Python server")
	flag.Parse()
	o.lasts = time.Duration(*minutes * float64(time.Minute))
	o.overload = time.Duration(*over * float64(time.Minute))
	files, err := peers.LFW(*lfw, lfwPhotos)
	if err != nil {
		log.Fatal(err)
	}
	if err := run(context.Background(), files, o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, files []string, o options) error {
	dir, err := os.MkdirTemp("", "faceid-bench-serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	kinds, err := read(files, dir)
	if err != nil {
		return err
	}
	db := filepath.Join(dir, "g.db")
	r, err := recognize.Open(ctx, &recognize.Options{Gallery: db})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := fill(ctx, r, kinds[0].photos, o.people); err != nil {
		return err
	}
	s, err := start(ctx, dir, db, 2*o.clients)
	if err != nil {
		return err
	}
	defer s.stop()
	f := figures{ReadyS: s.ready.Seconds(), Kinds: map[string]kindFigures{}}
	fmt.Printf("ready after %.2f s with %d people\n", f.ReadyS, o.people)
	if err := compareAll(ctx, r, s, dir, kinds, o, &f); err != nil {
		return err
	}
	var mixed [][]byte
	for i := range lfwPhotos {
		mixed = append(mixed, kinds[0].photos[i], kinds[1].photos[i%cameraPhotos])
	}
	if err := sustain(ctx, s, mixed, o, &f); err != nil {
		return err
	}
	if err := overload(ctx, s, mixed, o, &f); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// read reads photos of LFW spread over all, and makes some of 12 megapixels.
func read(files []string, dir string) ([]kind, error) {
	kinds := []kind{{name: "LFW"}, {name: "12 megapixels"}}
	for i := range lfwPhotos {
		b, err := os.ReadFile(files[i*len(files)/lfwPhotos])
		if err != nil {
			return nil, err
		}
		kinds[0].photos = append(kinds[0].photos, b)
	}
	var large [][]byte
	for i := range cameraPhotos {
		path := filepath.Join(dir, "camera.jpg")
		if err := peers.Portrait(path, files[(i*101)%len(files)], uint64(i)); err != nil {
			return nil, err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		large = append(large, b)
	}
	for range cameraTimes {
		for _, b := range large {
			kinds[1].photos = append(kinds[1].photos, bytes.Clone(b))
		}
	}
	return kinds, nil
}
