package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A server killed at a random moment while clients enrol: everybody acknowledged is there, and the check is clean.
// FACEID_SLOW=1 kills 200 times.
func TestKillServe(t *testing.T) {
	var photos [][]byte
	all, err := filepath.Glob(filepath.Join(testPeople(t), "people", "*", "*.jpg"))
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		photos = append(photos, b)
	}
	runs := 6
	if os.Getenv("FACEID_SLOW") == "1" {
		runs = 200
	}
	if testing.Short() {
		runs = 2
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	db := filepath.Join(t.TempDir(), "killed.db") // one gallery through all the kills
	total := map[string]int{}
	for i := range runs {
		acked := enrolUntilKilled(t, db, photos, fmt.Sprint("run ", i), time.Duration(rng.IntN(1500))*time.Millisecond)
		if _, err := os.Stat(db); err != nil {
			if len(acked) > 0 {
				t.Fatalf("run %d: %d people acknowledged, and no gallery", i, len(acked))
			}
			continue
		}
		for name := range acked {
			total[name] = 1
		}
		if b, err := faceidCmd(t, "gallery", "check", "--gallery", db).CombinedOutput(); err != nil {
			t.Fatalf("run %d: check: %v\n%s", i, err, b)
		}
		if have := templatesByName(t, db); !covers(have, total) {
			t.Fatalf("run %d: acknowledged %v, found %v", i, total, have)
		}
	}
	t.Logf("%d people acknowledged over %d kills", len(total), runs)
}

// enrolUntilKilled starts a server, enrols from four clients, and kills it a while after it listens. It returns who was
// acknowledged.
func enrolUntilKilled(t *testing.T, db string, photos [][]byte, run string, after time.Duration) map[string]int {
	t.Helper()
	cmd := faceidCmd(t, "serve", "--listen", "127.0.0.1:0", "--gallery", db, "--keys", db+".keys", "--offline")
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var line struct{ Address string }
	for lines := bufio.NewScanner(pipe); line.Address == "" && lines.Scan(); {
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("log: %s", lines.Bytes())
		}
	}
	go io.Copy(io.Discard, pipe)
	acked := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for client := range 4 {
		all.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%s client %d photo %d", run, client, n)
				to := "http://" + line.Address + "/v1/collections/default/people?largest=true&any_quality=true&name="
				r, err := http.Post(
					to+url.QueryEscape(name),
					"image/jpeg",
					bytes.NewReader(photos[(client*7+n)%len(photos)]),
				)
				if err != nil {
					return // it is dead
				}
				_, err = io.Copy(io.Discard, r.Body)
				r.Body.Close()
				if err == nil && r.StatusCode == http.StatusCreated {
					mu.Lock()
					acked[name] = 1
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	all.Wait()
	_ = cmd.Wait()
	return acked
}
