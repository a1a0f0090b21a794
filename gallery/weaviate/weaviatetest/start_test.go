//go:build unix

package weaviatetest

import (
	"net"
	"os"
	"testing"
	"time"
)

func TestStartKillRestart(t *testing.T) {
	bin, err := Binary()
	if err != nil {
		if os.Getenv("FACEID_REQUIRE_WEAVIATE") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	start := time.Now()
	c, err := Start(t.Context(), bin, t.TempDir(), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	t.Logf("three nodes ready in %v", time.Since(start))
	n := c.Nodes[1]
	n.Kill()
	if conn, err := net.Dial("tcp", n.Host); err == nil {
		conn.Close()
		t.Fatal("a killed node answers")
	}
	start = time.Now()
	if err := n.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("restarted in %v", time.Since(start))
	if err := n.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := n.Resume(); err != nil {
		t.Fatal(err)
	}
	c.Stop()
	if n.Pause() == nil {
		t.Fatal("a stopped node took a signal")
	}
}
