package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
)

// fill enrols the first photos' people and as many made-up ones as are wanted.
func fill(ctx context.Context, r *recognize.Recognizer, photos [][]byte, people int) error {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	e, err := r.GalleryFor(ctx, p.Model())
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var batch []gallery.Enrolment
	for i := range people {
		v := make([]float32, p.Model().Dim)
		for k := range v {
			v[k] = float32(rng.NormFloat64())
		}
		batch = append(
			batch,
			gallery.Enrolment{Name: fmt.Sprint("made up ", i), Templates: []gallery.Template{{Embedding: v}}},
		)
		if len(batch) == 2000 || i == people-1 {
			if _, err := e.Enrol(ctx, batch, &gallery.EnrolOptions{NewPeople: true}); err != nil {
				return err
			}
			batch = nil
		}
	}
	for i, b := range photos[:min(20, len(photos))] {
		in := func(yield func(embed.Input) bool) { yield(embed.Input{Label: fmt.Sprint("real ", i), Data: b}) }
		for _, err := range r.EnrollAll(ctx, in, nil) {
			if err != nil && len(recognize.BadPhotos(err)) == 0 {
				return err
			}
		}
	}
	return nil
}

// served is a server in a process of its own.
type served struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration
	http  http.Client
}

func start(ctx context.Context, dir, db string, clients int) (*served, error) {
	bin := filepath.Join(dir, "faceid")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", bin, "./cmd/faceid").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	begin := time.Now()
	s := &served{cmd: exec.CommandContext(
		ctx,
		bin,
		"serve", "--listen", "127.0.0.1:0", "--gallery", db, "--data", filepath.Join(dir, "data"),
		"--keys", filepath.Join(dir, "keys.json"), "--audit", filepath.Join(dir, "audit.jsonl"), "--offline",
		"--queue", fmt.Sprint(clients))}
	s.http.Transport = &http.Transport{MaxIdleConnsPerHost: 4 * clients}
	pipe, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var line struct{ Address string }
	lines := bufio.NewScanner(pipe)
	for line.Address == "" && lines.Scan() {
		json.Unmarshal(lines.Bytes(), &line) // what is no such line has no address
	}
	go io.Copy(io.Discard, pipe)
	if line.Address == "" {
		return nil, fmt.Errorf("the server does not listen: %v", s.cmd.Wait())
	}
	s.url = "http://" + line.Address
	for {
		r, err := s.http.Get(s.url + "/readyz")
		if err != nil {
			return nil, err
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			s.ready = time.Since(begin)
			return s, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *served) stop() {
	s.cmd.Process.Signal(os.Interrupt)
	s.cmd.Wait()
}

// rss is the server's resident memory in MB; 0 where the system does not tell.
func (s *served) rss() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	var kb float64
	fmt.Sscan(rest, &kb)
	return kb / 1024
}

const identifyPath = "/v1/collections/default/identify"

// tally is what became of requests.
type tally struct {
	faces, refused, failed int
	took                   []time.Duration
	err                    error
}

// post sends a photo and reads the answer into v; refused is a 503.
func (s *served) post(ctx context.Context, path string, photo []byte, v any) (refused bool, err error) {
	req, err := http.NewRequestWithContext(ctx, "POST", s.url+path, bytes.NewReader(photo))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "image/jpeg")
	r, err := s.http.Do(req)
	if err != nil {
		return false, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return false, err
	case r.StatusCode == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != "":
		return true, nil
	case r.StatusCode >= 300:
		return false, fmt.Errorf("status %d: %.200s", r.StatusCode, b)
	}
	return false, json.Unmarshal(b, v)
}

// identify asks for all photos from so many clients.
func (s *served) identify(ctx context.Context, photos [][]byte, clients int) tally {
	var t tally
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan []byte)
	for range clients {
		all.Go(func() {
			for b := range next {
				var got struct{ Faces []json.RawMessage }
				begin := time.Now()
				refused, err := s.post(ctx, identifyPath, b, &got)
				took := time.Since(begin)
				mu.Lock()
				t.took, t.faces = append(t.took, took), t.faces+len(got.Faces)
				if refused {
					t.refused++
				}
				if err != nil {
					t.failed, t.err = t.failed+1, err
				}
				mu.Unlock()
			}
		})
	}
	for _, b := range photos {
		next <- b
	}
	close(next)
	all.Wait()
	return t
}
