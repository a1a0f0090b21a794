package server

import (
	"bytes"
	"image"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"faceid/embed"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// Photos that are broken in every way are answered with 4xx, or with the faces that are left, and take nothing with
// them: the server goes on. FACEID_SLOW=1 sends 10,000.
func TestHostilePhotos(t *testing.T) {
	runs := 300
	if os.Getenv("FACEID_SLOW") == "1" {
		runs = 10_000
	}
	seeds := [][]byte{hosttest.People(t, 1)[0].Photos[0], hosttest.Faceless(t)}
	m, err := embed.DecodeBytes(seeds[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	var p, g bytes.Buffer
	if err := png.Encode(&p, m); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&g, image.Image(m), nil); err != nil {
		t.Fatal(err)
	}
	seeds = append(seeds, p.Bytes(), g.Bytes(), []byte("RIFF\x10\x00\x00\x00WEBPVP8 \x04\x00\x00\x00abcd"),
		[]byte("II*\x00\x08\x00\x00\x00\x01\x00\x00\x01\x03\x00\x01\x00\x00\x00\xff\xff\x00\x00"), []byte("BM"))
	c, h := serve(t, host.Options{Limits: host.Limits{Pixels: 4e6}})
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	statuses := map[int]int{}
	for range runs {
		b := slices.Clone(seeds[rng.IntN(len(seeds))])
		for range rng.IntN(8) {
			switch at := rng.IntN(len(b)); rng.IntN(4) {
			case 0:
				b[at] ^= 1 << rng.IntN(8)
			case 1:
				b[at] = byte(rng.IntN(256))
			case 2:
				b = b[:max(at, 1)]
			case 3:
				b = slices.Insert(b, at, b[rng.IntN(at+1):at]...)
			}
		}
		r, err := http.Post(c.url+"/v1/detect", "image/jpeg", bytes.NewReader(b))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		r.Body.Close()
		if statuses[r.StatusCode]++; r.StatusCode >= 500 {
			t.Fatalf("seed %d: status %d for %d bytes", seed, r.StatusCode, len(b))
		}
	}
	if statuses[200] == 0 || statuses[422]+statuses[415] == 0 {
		t.Errorf("nothing was seen, or nothing refused: %v", statuses)
	}
	if err := h.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
