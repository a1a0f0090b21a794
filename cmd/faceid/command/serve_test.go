package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve listens until it is interrupted, answers as identify does, and asks for the keys that its command made.
func TestServe(t *testing.T) {
	photo := filepath.Join(testPeople(t), "people", "P000", "a.jpg")
	dir := t.TempDir()
	t.Setenv("FACEID_GALLERY", filepath.Join(dir, "g.db"))
	faceid := func(ctx context.Context, errs io.Writer, args ...string) (int, string) {
		var out bytes.Buffer
		code := run(ctx, args, streams{in: strings.NewReader(""), out: &out, err: errs})
		return code, out.String()
	}
	if code, _ := faceid(t.Context(), os.Stderr, "enroll", "-q", "Ada", photo); code != 0 {
		t.Fatalf("enroll: %d", code)
	}
	code, made := faceid(t.Context(), os.Stderr, "serve", "key", "add", "door", "--json")
	var key struct{ Key string }
	if err := json.Unmarshal([]byte(made), &key); code != 0 || err != nil {
		t.Fatalf("key add: %d %q", code, made)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pr, pw := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code, _ := faceid(ctx, pw, "serve", "--listen", "127.0.0.1:0", "--offline")
		pw.Close()
		ended <- code
	}()
	log := bufio.NewScanner(pr)
	var line struct{ Address string }
	for line.Address == "" && log.Scan() {
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("log: %s", log.Bytes())
		}
	}
	go io.Copy(io.Discard, pr)
	ask := func(key string) (int, string) {
		body, err := os.Open(photo)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest("POST", "http://"+line.Address+"/v1/collections/default/identify", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "image/jpeg")
		req.Header.Set("Authorization", "Bearer "+key)
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		return r.StatusCode, string(b)
	}
	if status, got := ask(key.Key); status != 200 || !strings.Contains(got, `"name":"Ada"`) {
		t.Errorf("%d %s", status, got)
	}
	if status, _ := ask("x"); status != 401 {
		t.Errorf("a wrong key: %d", status)
	}
	// A second one on the same data is told of the address, not of a file that the first has.
	var said bytes.Buffer
	code, _ = faceid(t.Context(), &said, "serve", "--listen", line.Address)
	if code != 2 || !strings.Contains(said.String(), "cannot listen on "+line.Address) ||
		!strings.Contains(said.String(), "another faceid serve") || strings.Contains(said.String(), "audit") {
		t.Errorf("a second server: %d %s", code, &said)
	}
	// One whose gallery is none says so, and ends.
	other := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(other, []byte("no gallery"), 0o600); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	code, _ = faceid(t.Context(), &said, "serve", "--listen", "127.0.0.1:0", "--gallery", other, "--audit",
		filepath.Join(dir, "audit2"))
	if code != 2 || !strings.Contains(said.String(), "not a gallery") {
		t.Errorf("a file that is no gallery: %d %s", code, &said)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
	if code, list := faceid(t.Context(), os.Stderr, "serve", "key", "list"); code != 0 ||
		!strings.HasPrefix(list, "door\tread\t") {
		t.Errorf("key list: %d %q", code, list)
	}
	if code, said := faceid(t.Context(), os.Stderr, "serve", "audit", "verify"); code != 0 ||
		!strings.HasPrefix(said, "0 entries") {
		t.Errorf("audit verify: %d %q", code, said)
	}
	if code, _ := faceid(t.Context(), os.Stderr, "serve", "key", "revoke", "door"); code != 0 {
		t.Errorf("key revoke: %d", code)
	}
	if code, _ := faceid(t.Context(), io.Discard, "serve", "--listen", "0.0.0.0:0"); code != 2 {
		t.Errorf("everywhere without a key: %d", code)
	}
}
