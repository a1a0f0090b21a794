package compreface

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"faceid/server/host"
	"faceid/server/hosttest"
)

type client struct {
	t   testing.TB
	url string
	key string
}

func serve(t testing.TB, o host.Options) *client {
	t.Helper()
	h := hosttest.Open(t, o)
	s := httptest.NewServer(h.Serve(Handler(h)))
	t.Cleanup(s.Close)
	return &client{t: t, url: s.URL + "/api/v1"}
}

func (c *client) send(method, path, kind string, body []byte) (int, string) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if c.key != "" {
		req.Header.Set("x-api-key", c.key)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, strings.TrimSpace(string(b))
}

// want sends JSON and compares the whole answer.
func (c *client) want(status int, answer, method, path, body string) {
	c.t.Helper()
	if s, got := c.send(method, path, "application/json", []byte(body)); s != status || got != answer {
		c.t.Errorf("%s %s %.80s: %d %s, want %d %s", method, path, body, s, got, status, answer)
	}
}

// get sends JSON and reads the answer into v.
func (c *client) get(status int, v any, method, path, body string) {
	c.t.Helper()
	s, got := c.send(method, path, "application/json", []byte(body))
	if s != status {
		c.t.Fatalf("%s %s: %d %s, want %d", method, path, s, got, status)
	}
	if err := json.Unmarshal([]byte(got), v); err != nil {
		c.t.Fatalf("%s %s: %s: %v", method, path, got, err)
	}
}

func file(b []byte) string { return fmt.Sprintf(`{"file": %q}`, base64.StdEncoding.EncodeToString(b)) }

type recognized struct {
	Result []struct {
		Box        map[string]float64
		Landmarks  [][]int
		Embedding  []float32
		Time       map[string]float64 `json:"execution_time"`
		Subjects   []subjectJSON
		Subject    string
		Similarity float64
	}
	Plugins map[string]string `json:"plugins_versions"`
}
