//go:build unix

package weaviate

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/weaviate/weaviatetest"
)

// The cluster of most tests, started by the first that needs it.
var shared struct {
	sync.Once
	c   *weaviatetest.Cluster
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.c != nil {
		shared.c.Stop()
	}
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// server returns the server's path or skips.
func server(t testing.TB) string {
	t.Helper()
	bin, err := weaviatetest.Binary()
	if err != nil {
		if os.Getenv("FACEID_REQUIRE_WEAVIATE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return bin
}

func cluster(t testing.TB) *weaviatetest.Cluster {
	t.Helper()
	bin := server(t)
	shared.Do(func() {
		dir, err := os.MkdirTemp("", "faceid-weaviate")
		shared.dir = dir
		if err != nil {
			shared.err = err
			return
		}
		shared.c, shared.err = weaviatetest.Start(context.Background(), bin, dir, 3)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.c
}

var collections atomic.Int64

// config is a collection of its own on three replicas, dropped at the end.
func config(t testing.TB, c *weaviatetest.Cluster) Config {
	t.Helper()
	cfg, err := ParseURL(Scheme + strings.Join(c.Hosts(), ",") + fmt.Sprintf("/Test%d?replicas=3", collections.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Drop(context.Background(), cfg); err != nil {
			t.Error(err)
		}
	})
	return cfg
}

func testModel(dim int) *gallery.Model {
	return &gallery.Model{Name: "test", SHA256: strings.Repeat("ab", 32), Dim: dim, Views: "plain"}
}

func openTest(t testing.TB, cfg Config, dim int) *Gallery {
	t.Helper()
	g, err := OpenConfig(t.Context(), cfg, &Options{Model: testModel(dim), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestConformance(t *testing.T) {
	c := cluster(t)
	for _, index := range []string{"hnsw", "flat"} {
		t.Run(index, func(t *testing.T) {
			tr := &gallerytest.Traits{MinRecall: 0.999, Operations: 150, Large: 1000}
			if index == "flat" {
				if os.Getenv("FACEID_SLOW") != "1" {
					t.Skip("the same once more; set FACEID_SLOW=1")
				}
				tr.MinRecall = 1
			}
			gallerytest.Run(t, func(t *testing.T) gallery.Engine {
				cfg := config(t, c)
				cfg.Index = index
				return openTest(t, cfg, 16)
			}, tr)
		})
	}
}
