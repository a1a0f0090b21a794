package command

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"faceid/gallery/sqlite"
)

// A server killed at a random moment while clients enrol: everybody acknowledged is there, with the photo, and the
// check is clean. The last start leaves no photo without a template.
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
	tidiedUp(t, db, total)
}

// tidiedUp starts a server once more: what is left of photos is those of templates, all of whom was acknowledged.
func tidiedUp(t *testing.T, db string, acked map[string]int) {
	t.Helper()
	e, err := sqlite.Open(db, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return // killed before anybody was enrolled
	}
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	must := map[string]bool{} // photos of templates: whether they were acknowledged
	for p, err := range e.People(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for s, err := range e.Sources(t.Context(), p.ID) {
			if err != nil {
				t.Fatal(err)
			}
			must[s.Source.SHA256] = must[s.Source.SHA256] || acked[p.Name] > 0
		}
	}
	if err := os.MkdirAll(db+".photos", 0o700); err != nil { // it may have been killed with a gallery and no photo yet
		t.Fatal(err)
	}
	orphan := filepath.Join(db+".photos", strings.Repeat("0", 64))
	if err := os.WriteFile(orphan, []byte("of a killed server"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, _ := startServe(t, db)
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for ; ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(orphan); err != nil {
			break
		}
	}
	list, err := os.ReadDir(db + ".photos")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if _, ok := must[f.Name()]; !ok {
			t.Errorf("photo %s has no template", f.Name())
		}
		delete(must, f.Name())
	}
	for sha, acked := range must {
		if acked {
			t.Errorf("photo %s is missing", sha)
		}
	}
}

// startServe starts a server that keeps photos, and returns its address when it listens.
func startServe(t *testing.T, db string) (*exec.Cmd, string) {
	t.Helper()
	cmd := faceidCmd(t, "serve", "--listen", "127.0.0.1:0", "--gallery", db, "--keys", db+".keys", "--offline",
		"--audit", db+".audit", "--data", db+".collections", "--keep-photos")
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
	return cmd, line.Address
}

// enrolUntilKilled starts a server, enrols from four clients, and kills it a while after it listens. It returns who was
// acknowledged.
func enrolUntilKilled(t *testing.T, db string, photos [][]byte, run string, after time.Duration) map[string]int {
	t.Helper()
	cmd, address := startServe(t, db)
	acked := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for client := range 4 {
		all.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%s client %d photo %d", run, client, n)
				to := "http://" + address + "/v1/collections/default/people?largest=true&any_quality=true&name="
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
