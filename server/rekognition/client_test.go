package rekognition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"faceid/server/host"
	"faceid/server/hosttest"
)

type client struct {
	t      testing.TB
	url    string
	access string
	secret string
}

func serve(t testing.TB, o host.Options) *client {
	t.Helper()
	h := hosttest.Open(t, o)
	mux := http.NewServeMux()
	mux.Handle("POST /{$}", Handler(h))
	s := httptest.NewServer(h.Serve(mux))
	t.Cleanup(s.Close)
	return &client{t: t, url: s.URL}
}

type object = map[string]any

// send asks for an operation, signed where the client has a key.
func (c *client) send(op string, body []byte) (int, object) {
	c.t.Helper()
	req, err := http.NewRequest("POST", c.url+"/", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "RekognitionService."+op)
	if c.access != "" {
		sign(req, body, c.access, c.secret, time.Now())
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
	var v object
	if err := json.Unmarshal(b, &v); err != nil || r.Header.Get("x-amzn-RequestId") == "" {
		c.t.Fatalf("%s: %d %.200s %v", op, r.StatusCode, b, err)
	}
	return r.StatusCode, v
}

// sign signs host, date and target, as a client does.
func sign(r *http.Request, body []byte, access, secret string, now time.Time) {
	r.Header.Set("X-Amz-Date", now.UTC().Format(amzDate))
	r.Host = r.URL.Host
	s := signature{access, now.UTC().Format("20060102"), "eu-west-1", "rekognition",
		[]string{"content-type", "host", "x-amz-date", "x-amz-target"}, nil}
	canonical, _ := s.canonical(r, hashHex(body))
	scope := strings.Join([]string{s.date, s.region, s.service, terminator}, "/")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, terminator} {
		key = mac(key, part)
	}
	text := strings.Join([]string{algorithm, r.Header.Get("X-Amz-Date"), scope, hashHex([]byte(canonical))}, "\n")
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%x", algorithm, access,
		scope, strings.Join(s.headers, ";"), mac(key, text)))
}

func (c *client) ok(op string, in object) object {
	c.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		c.t.Fatal(err)
	}
	status, out := c.send(op, b)
	if status != 200 {
		c.t.Fatalf("%s: %d %v", op, status, out)
	}
	return out
}

// fails asks for what must be refused in a certain way.
func (c *client) fails(kind, op string, in object) {
	c.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		c.t.Fatal(err)
	}
	if status, out := c.send(op, b); status != 400 || out["__type"] != kind || out["Code"] != kind ||
		out["Message"] == "" {
		c.t.Errorf("%s: %d %v, want %s", op, status, out, kind)
	}
}

// at walks into JSON.
func at(v any, path ...any) any {
	for _, p := range path {
		switch x := v.(type) {
		case object:
			v = x[p.(string)]
		case []any:
			if p.(int) >= len(x) {
				return nil
			}
			v = x[p.(int)]
		default:
			return nil
		}
	}
	return v
}

func length(v any) int {
	list, _ := v.([]any)
	return len(list)
}

func bytesOf(b []byte) object { return object{"Bytes": b} } // base64 on the wire
