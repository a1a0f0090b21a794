package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"faceid/internal/hint"
	"faceid/models/https"
)

// server answers /good with body and other paths with each way a download goes wrong.
func server(t *testing.T, body string) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var hits atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		io.WriteString(w, body)
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/good", http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/loop", http.StatusFound)
	})
	mux.HandleFunc("/downgrade", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://example.invalid/good", http.StatusFound)
	})
	mux.HandleFunc("/truncated", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		io.WriteString(w, body[:len(body)/2])
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush() // chunked: the length is not announced
		io.WriteString(w, body[:len(body)/2])
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		for range 100 {
			if _, err := io.WriteString(w, body); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/wrong", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.ToUpper(body)) })
	mux.HandleFunc("/pointer", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		fmt.Fprintf(w, "version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize %d\n", 0, len(body))
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<html>quota exceeded</html>")
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, body[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv, &hits
}

func TestDownload(t *testing.T) {
	body := content("download")
	srv, _ := server(t, body)
	for _, c := range []struct {
		path string
		is   error  // nil: the download succeeds
		says string // part of the message
	}{
		{"/good", nil, ""},
		{"/redirect", nil, ""},
		{"/loop", ErrMissing, "ten redirects"},
		{"/downgrade", ErrMissing, "is not https"},
		{"/truncated", ErrMissing, "unexpected EOF"},
		{"/short", ErrCorrupt, "it ended after"},
		{"/long", ErrCorrupt, ""},
		{"/wrong", ErrCorrupt, "SHA-256"},
		{"/pointer", ErrCorrupt, "git-LFS pointer"},
		{"/page", ErrCorrupt, "bytes, not"},
		{"/nothing", ErrMissing, "404"},
	} {
		t.Run(strings.TrimPrefix(c.path, "/"), func(t *testing.T) {
			var last Progress
			s, n := testStore(t, Options{Progress: func(p Progress) { last = p }})
			e := testEntry(s, "x", body, srv.URL+c.path)
			path, err := s.Path(bg(), "x")
			if c.is == nil {
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(path)
				if err != nil || string(got) != body {
					t.Errorf("the file differs: %v", err)
				}
				if last != (Progress{"x", e.Size, e.Size}) {
					t.Errorf("last progress %+v", last)
				}
				if !n.has("fetching x.bin") {
					t.Errorf("the download was silent: %q", n.all)
				}
				checkOnly(t, s.Dir(), "x.bin")
				return
			}
			if !errors.Is(err, ErrMissing) || !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; want %v saying %q", err, c.is, c.says)
			}
			for _, part := range []string{e.File, e.SHA256, s.Dir(), "faceid models pull x"} {
				if !strings.Contains(hint.Of(err), part) {
					t.Errorf("the hint lacks %q: %s", part, hint.Of(err))
				}
			}
			checkOnly(t, s.Dir())
		})
	}
}

func TestDownloadCancelled(t *testing.T) {
	body := content("slow")
	srv, _ := server(t, body)
	s, _ := testStore(t, Options{})
	testEntry(s, "x", body, srv.URL+"/slow", srv.URL+"/good")
	ctx, cancel := context.WithTimeout(bg(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Path(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	checkOnly(t, s.Dir())
}

func TestDownloadStalls(t *testing.T) {
	body := content("stall")
	srv, hits := server(t, body)
	s, _ := testStore(t, Options{})
	s.o.Fetch = (&https.Client{Stall: 50 * time.Millisecond}).Fetch
	testEntry(s, "x", body, srv.URL+"/slow")
	if _, err := s.Path(bg(), "x"); !errors.Is(err, ErrMissing) ||
		!strings.Contains(err.Error(), "sent nothing for 50ms") {
		t.Errorf("got %v", err)
	}
	checkOnly(t, s.Dir())
	testEntry(s, "y", body, srv.URL+"/slow", srv.URL+"/good") // a stalled server is not a reason to give up the next
	s.o.Fetch = (&https.Client{Stall: time.Second}).Fetch
	if _, err := s.Path(bg(), "y"); err != nil || hits.Load() != 1 {
		t.Errorf("the next source: %v", err)
	}
}

func TestDownloadNextSource(t *testing.T) {
	body := content("mirror")
	srv, hits := server(t, body)
	s, _ := testStore(t, Options{})
	testEntry(s, "x", body, srv.URL+"/nothing", srv.URL+"/wrong", srv.URL+"/good")
	if _, err := s.Path(bg(), "x"); err != nil || hits.Load() != 1 {
		t.Errorf("got %v after %d hits", err, hits.Load())
	}
}

func TestPlainHTTPRefused(t *testing.T) {
	s, _ := testStore(t, Options{})
	testEntry(s, "x", "content", "http://example.invalid/x")
	if _, err := s.Path(bg(), "x"); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Errorf("got %v", err)
	}
}

func TestCorruptCacheFetchedAgain(t *testing.T) {
	body := content("corrupt")
	srv, hits := server(t, body)
	s, n := testStore(t, Options{})
	e := testEntry(s, "x", body, srv.URL+"/good")
	damaged := []byte(body)
	damaged[len(damaged)/2] ^= 1
	for i, bad := range []string{string(damaged), body[:10], ""} {
		write(t, filepath.Join(s.Dir(), e.File), bad)
		if _, b, err := s.Load(bg(), "x"); err != nil || string(b) != body {
			t.Fatalf("damage %d: %v", i, err)
		}
		if hits.Load() != int64(i+1) || !n.has("fetched again") {
			t.Errorf("damage %d: %d hits, told %q", i, hits.Load(), n.all)
		}
	}
	if _, err := s.Path(bg(), "x"); err != nil || hits.Load() != 3 {
		t.Errorf("a good file was fetched again: %v", err)
	}
}

func TestOffline(t *testing.T) {
	body := content("offline")
	srv, hits := server(t, body)
	s, _ := testStore(t, Options{Offline: true})
	e := testEntry(s, "x", body, srv.URL+"/good")
	_, err := s.Path(bg(), "x")
	if !errors.Is(err, ErrMissing) || !strings.Contains(hint.Of(err), e.SHA256) ||
		!strings.Contains(hint.Of(err), s.Dir()) || hits.Load() != 0 {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
	write(t, filepath.Join(s.Dir(), e.File), "damaged")
	if _, err := s.Path(bg(), "x"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "7 bytes") {
		t.Errorf("a damaged file offline: %v", err)
	}
	write(t, filepath.Join(s.Dir(), e.File), body)
	if _, err := s.Path(bg(), "x"); err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce has several stores, and so several lock holders, fetch one entry into one cache.
func TestManyAtOnce(t *testing.T) {
	body := content("at once")
	srv, hits := server(t, body)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		s, _ := testStore(t, Options{Dir: dir})
		testEntry(s, "x", body, srv.URL+"/good")
		for range 2 {
			wg.Go(func() {
				if _, b, err := s.Load(bg(), "x"); err != nil || string(b) != body {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if hits.Load() != 1 {
		t.Errorf("fetched %d times", hits.Load())
	}
	checkOnly(t, dir, "x.bin")
}

// TestTwoProcesses is TestManyAtOnce with real processes, one of which is killed while it downloads.
func TestTwoProcesses(t *testing.T) {
	body := content("processes")
	if dir := os.Getenv("MODELS_TEST_DIR"); dir != "" { // the child
		s, _ := testStore(t, Options{Dir: dir})
		testEntry(s, "x", body, os.Getenv("MODELS_TEST_URL"))
		if _, b, err := s.Load(bg(), "x"); err != nil || string(b) != body {
			t.Fatal(err)
		}
		return
	}
	srv, hits := server(t, body)
	dir := t.TempDir()
	child := func(url string) *exec.Cmd {
		c := exec.Command(os.Args[0], "-test.run=^TestTwoProcesses$")
		c.Env = append(os.Environ(), "MODELS_TEST_DIR="+dir, "MODELS_TEST_URL="+url)
		return c
	}
	stuck := child(srv.URL + "/slow")
	if err := stuck.Start(); err != nil {
		t.Fatal(err)
	}
	for { // until it holds the lock and writes
		if tmp, _ := filepath.Glob(filepath.Join(dir, ".x.bin-*-*")); len(tmp) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if out, err := child(srv.URL + "/good").CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	if err := stuck.Process.Kill(); err != nil { // its lock goes with it
		t.Fatal(err)
	}
	_ = stuck.Wait() // it was killed
	wg.Wait()
	if hits.Load() != 1 {
		t.Errorf("fetched %d times", hits.Load())
	}
	// What the killed process left is swept by a later download, an hour on.
	tmp, _ := filepath.Glob(filepath.Join(dir, ".x.bin-*-*"))
	if len(tmp) != 1 {
		t.Fatalf("left behind: %q", tmp)
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(tmp[0], old, old); err != nil {
		t.Fatal(err)
	}
	s, _ := testStore(t, Options{Dir: dir})
	testEntry(s, "x", body, srv.URL+"/good")
	write(t, filepath.Join(dir, "x.bin"), "damaged")
	if _, err := s.Path(bg(), "x"); err != nil {
		t.Fatal(err)
	}
	checkOnly(t, dir, "x.bin")
}

// Without a Fetch nothing is downloaded, and the error says which file to bring.
func TestNoFetch(t *testing.T) {
	body := content("nofetch")
	srv, hits := server(t, body)
	s, _ := testStore(t, Options{})
	s.o.Fetch = nil
	testEntry(s, "x", body, srv.URL+"/good")
	if _, err := s.Path(bg(), "x"); !errors.Is(err, ErrMissing) || !strings.Contains(hint.Of(err), "x.bin") ||
		hits.Load() != 0 {
		t.Errorf("%v, %d requests", err, hits.Load())
	}
}
