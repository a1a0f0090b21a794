package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"faceid/internal/hint"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// Where all places are taken a client is told when to come back; where one becomes free it is served.
func TestFull(t *testing.T) {
	hosttest.People(t, 1)
	c, _ := serve(t, host.Options{Workers: 1, Queue: 1})
	hold, release := make(chan struct{}), make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	defer let()
	// A body is asked for when its request has a place.
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	var all sync.WaitGroup
	for range 2 { // bodies that do not end hold both places
		pr, pw := io.Pipe()
		all.Go(func() {
			req, _ := http.NewRequest("POST", c.url+"/v1/detect", pr)
			req.Header.Set("Expect", "100-continue")
			r, err := client.Do(req)
			if err == nil {
				r.Body.Close()
			}
		})
		go func() { pw.Write([]byte("{")); hold <- struct{}{}; <-release; pw.Close() }()
	}
	<-hold
	<-hold
	r, err := http.Post(c.url+"/v1/detect", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, %v though all places are taken", r.StatusCode, r.Header)
	}
	c.want(200, "GET", "/v1/health", nil) // what has no photos needs no place
	let()
	all.Wait()
	c.want(400, "POST", "/v1/detect", map[string]any{})
}

// What takes longer than a request may is stopped.
func TestTime(t *testing.T) {
	photos := hosttest.Samples(t)
	c, _ := serve(t, host.Options{Workers: 1, Limits: host.Limits{Time: time.Millisecond}})
	if status, got := c.do("POST", "/v1/detect", "image/jpeg", bytes.NewReader(photos[0])); status != 503 ||
		at(got, "error.code") != "too_slow" {
		t.Errorf("out of time: %d %v", status, got)
	}
}

// The log tells requests apart and has neither names nor photos.
func TestLog(t *testing.T) {
	photo := hosttest.People(t, 1)[0].Photos[0]
	var mu sync.Mutex
	var lines bytes.Buffer
	log := slog.New(
		slog.NewJSONHandler(
			writer(func(b []byte) (int, error) { mu.Lock(); defer mu.Unlock(); return lines.Write(b) }),
			nil,
		),
	)
	c, _ := serve(t, host.Options{Log: log})
	c.post(201, "/v1/collections/default/people", map[string]string{"name": "Secret Name"}, "image", photo)
	c.want(200, "GET", "/v1/collections/default/people?name=Secret%20Name", nil)
	req, _ := http.NewRequest("GET", c.url+"/v1/health", nil)
	req.Header.Set("x-request-id", "bad\tid \"x\"")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	mu.Lock()
	defer mu.Unlock()
	out := lines.String()
	if strings.Contains(out, "Secret") || strings.Contains(out, "bad") || strings.Count(out, "\n") != 3 {
		t.Errorf("log: %s", out)
	}
	var line map[string]any
	first, _, _ := strings.Cut(out, "\n")
	if err := json.Unmarshal([]byte(first), &line); err != nil ||
		line["route"] != "POST /v1/collections/{collection}/people" ||
		line["status"] != 201.0 {
		t.Errorf("log: %s, %v", first, err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// running serves until end is called, which waits.
func running(t *testing.T, h *host.Host) (at string, end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, h, &Options{Listen: "127.0.0.1:0", Ready: func(a net.Addr) { addr <- a }})
	}()
	return (<-addr).String(), func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Clients that send next to nothing keep nobody else waiting, and are cut off.
func TestSlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("a slow client is borne for ten seconds")
	}
	photo := hosttest.People(t, 1)[0].Photos[0]
	h := hosttest.Open(t, host.Options{Workers: 1, Limits: host.Limits{Time: time.Second}})
	at, end := running(t, h)
	var slow []net.Conn
	for i := range 64 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		start := "POST /v1/detect HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/jpeg\r\nContent-Length: 9999\r\n"
		if i%2 == 0 {
			start += "\r\n\xff" // the body begins
		}
		if _, err := io.WriteString(c, start); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) { // models are loaded
		r, err := http.Post("http://"+at+"/v1/detect", "image/jpeg", bytes.NewReader(photo))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("others are not served: %d", r.StatusCode)
		}
	}
	for i, c := range slow {
		c.SetReadDeadline(time.Now().Add(60 * time.Second))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("client %d is still borne", i)
		}
	}
	end()
}

// Run refuses to be reached from elsewhere without a key, becomes ready, and ends when it is told to.
func TestRun(t *testing.T) {
	hosttest.People(t, 1)
	h := hosttest.Open(t, host.Options{})
	if err := Run(t.Context(), h, &Options{Listen: "0.0.0.0:0"}); err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("listening everywhere without a key: %v", err)
	}
	for listen, want := range map[string]string{"nowhere": "HOST:PORT", "127.0.0.1:99999": "HOST:PORT",
		"192.0.2.1:0": "does not have that address"} {
		err := Run(t.Context(), h, &Options{Listen: listen})
		if err == nil || !strings.Contains(err.Error(), "cannot listen on "+listen) ||
			!strings.Contains(hint.Of(err), want) {
			t.Errorf("%s: %v (%s)", listen, err, hint.Of(err))
		}
	}
	at, end := running(t, h)
	err := Run(t.Context(), h, &Options{Listen: at})
	if err == nil || !strings.Contains(hint.Of(err), "another program has the port") {
		t.Errorf("a port that is taken: %v (%s)", err, hint.Of(err))
	}
	url := "http://" + at
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		r, err := http.Get(url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("never ready: %d", r.StatusCode)
		}
	}
	end()
	if _, err := http.Get(url + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

// The figures tell routes and statuses, and no names.
func TestMetrics(t *testing.T) {
	hosttest.People(t, 1)
	c, _ := serve(t, host.Options{})
	c.want(200, "GET", "/v1/collections/default/people?name=Secret", nil)
	c.want(404, "GET", "/v1/collections/secret/people", nil)
	c.want(404, "GET", "/secret", nil)
	r, err := http.Get(c.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`faceid_requests_total{route="GET /v1/collections/{collection}/people",status="200"} 1`,
		`faceid_requests_total{route="GET /v1/collections/{collection}/people",status="404"} 1`,
		`faceid_requests_total{route="/",status="404"} 1`,
		"faceid_places_taken 0", "faceid_workers ", "go_goroutines ",
	} {
		if !strings.Contains(string(b), line) {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(strings.ToLower(string(b)), "secret") {
		t.Error("the figures have a name")
	}
}

// Every change stands in the audit log, by whom and about whom, and no name of anybody.
func TestAudit(t *testing.T) {
	people := hosttest.People(t, 2)
	dir := t.TempDir()
	keys, log := filepath.Join(dir, "keys.json"), filepath.Join(dir, "audit.jsonl")
	made, err := host.AddKey(keys, "door", host.Admin, "", false)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := serve(t, host.Options{Keys: keys, Audit: log})
	c.key = made.Key
	const one = "/v1/collections/default"
	a := c.post(201, one+"/people", map[string]string{"name": "Secret"}, "images", people[0].Photos[:2]...)
	b := c.post(201, one+"/people", map[string]string{"name": "Secret too"}, "images", people[1].Photos[0])
	first, second := id(a, "person.id"), id(b, "person.id")
	c.post(200, one+"/identify", nil, "image", people[0].Photos[2]) // changes nothing
	c.want(200, "PATCH", fmt.Sprintf("%s/people/%d", one, first), map[string]any{"name": "Other"})
	c.want(200, "POST", fmt.Sprintf("%s/faces/%d/move", one, id(a, "faces.0.id")), map[string]any{"to": second})
	c.want(200, "POST", fmt.Sprintf("%s/people/%d/merge", one, first), map[string]any{"from": []int64{second}})
	c.want(201, "POST", "/v1/collections", map[string]any{"name": "x"})
	c.want(200, "DELETE", "/v1/collections/x", nil)
	c.want(200, "DELETE", fmt.Sprintf("%s/people/%d", one, first), nil)
	c.want(404, "DELETE", fmt.Sprintf("%s/people/%d", one, first), nil)
	text, err := os.ReadFile(log)
	if err != nil || strings.Contains(string(text), "Secret") {
		t.Errorf("the log has names: %s, %v", text, err)
	}
	var actions []string
	for line := range strings.Lines(string(text)) {
		var e host.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		actions = append(actions, e.Action)
		if e.Key != "door" || e.From == "" || e.RequestID == "" || e.Collection == "default" && len(e.People) == 0 {
			t.Errorf("entry: %s", line)
		}
	}
	want := "enrol enrol change move merge create drop remove"
	if got := strings.Join(actions, " "); got != want {
		t.Errorf("actions %q, want %q", got, want)
	}
	if n, _, err := host.VerifyAudit(log); n != 8 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}
