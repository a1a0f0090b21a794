package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// client sends requests to a server of the test.
type client struct {
	t   testing.TB
	url string
	key string
}

// serve starts a server of a host and returns a client of it.
func serve(t testing.TB, o host.Options) (*client, *host.Host) {
	t.Helper()
	h := hosttest.Open(t, o)
	s := httptest.NewServer(NewHandler(h, func() error { return nil }))
	t.Cleanup(s.Close)
	return &client{t: t, url: s.URL}, h
}

// do sends a body and returns the answer's status and JSON.
func (c *client) do(method, path, contentType string, body io.Reader) (int, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
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
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		c.t.Fatalf("%s %s: status %d, not JSON: %.200s", method, path, r.StatusCode, b)
	}
	checkAnswer(c.t, req, r.StatusCode, b)
	if r.StatusCode >= 400 && (v["request_id"] != r.Header.Get("x-request-id") || v["request_id"] == "") {
		c.t.Errorf("%s %s: request_id %v, header %q", method, path, v["request_id"], r.Header.Get("x-request-id"))
	}
	return r.StatusCode, v
}

// want sends v as JSON (nil: nothing) and fails unless the status is as wanted.
func (c *client) want(status int, method, path string, v any) map[string]any {
	c.t.Helper()
	var body io.Reader
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			c.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	got, answer := c.do(method, path, "application/json", body)
	if got != status {
		c.t.Fatalf("%s %s: status %d, want %d: %v", method, path, got, status, answer)
	}
	return answer
}

// post sends a multipart form: values, and files by field.
func (c *client) post(
	status int,
	path string,
	values map[string]string,
	field string,
	files ...[]byte,
) map[string]any {
	c.t.Helper()
	kind, body := form(c.t, values, field, files...)
	got, answer := c.do("POST", path, kind, body)
	if got != status {
		c.t.Fatalf("POST %s: status %d, want %d: %v", path, got, status, answer)
	}
	return answer
}

func form(t testing.TB, values map[string]string, field string, files ...[]byte) (string, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range values {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range files {
		p, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {
				fmt.Sprintf(`form-data; name="%s"; filename="%d.jpg"`, field, i),
			}, "Content-Type": {"image/jpeg"}})
		if err != nil {
			t.Fatal(err)
		}
		p.Write(f)
	}
	w.Close()
	return w.FormDataContentType(), &b
}

func jsonOf(t testing.TB, v any) io.Reader {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// at walks into JSON: names, and numbers as indexes.
func at(v any, path string) any {
	for _, p := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			var i int
			if _, err := fmt.Sscan(p, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func id(v any, path string) int64 {
	n, _ := at(v, path).(float64)
	return int64(n)
}

// encode makes a JPEG of a picture, so wide.
func encode(t testing.TB, m *embed.Image, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, imaging.Resize(m.NRGBA(), width, 0, imaging.Linear), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
