package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"faceid/server/host"
	"faceid/server/hosttest"
)

// figure reads one of the figures for Prometheus.
func (c *client) figure(name string) string {
	c.t.Helper()
	r, err := http.Get(c.url + "/metrics")
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// until waits for a figure.
func (c *client) until(name, want string) {
	c.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); c.figure(name) != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s is %s and never %s", name, c.figure(name), want)
		}
	}
}

// A client that goes away has no work done for it any more: its enrolment, which takes a second or more, ends without
// having stored anybody, and its place is free.
func TestGone(t *testing.T) {
	photo := hosttest.People(t, 1)[0].Photos[0]
	c, _ := serve(t, host.Options{Workers: 1})
	c.post(200, "/v1/detect", nil, "image", photo) // the models are loaded
	var photos [][]byte
	for i := range 100 {
		photos = append(photos, append(slices.Clone(photo), fmt.Sprint(i)...)) // differ behind the picture's end
	}
	kind, body := form(t, map[string]string{"name": "Ada"}, "images", photos...)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", c.url+"/v1/collections/default/people", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	done := make(chan error, 1)
	go func() {
		r, err := http.DefaultClient.Do(req)
		if err == nil {
			r.Body.Close()
		}
		done <- err
	}()
	c.until("faceid_working", "1")
	leave()
	if err := <-done; err == nil {
		t.Skip("100 photos were through before the client could leave")
	}
	c.until("faceid_places_taken", "0")
	if got := c.want(200, "GET", "/v1/collections/default/people", nil); len(got["people"].([]any)) != 0 {
		t.Errorf("somebody was stored for a client that left: %v", got)
	}
	c.post(201, "/v1/collections/default/people", map[string]string{"name": "Ada"}, "images", photo)
}
