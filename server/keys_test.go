package server

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faceid/server/host"
	"faceid/server/hosttest"
)

// Who has no key, a wrong one, or one for less, is told so; right ones work by either header; a revoked one no more.
func TestKeys(t *testing.T) {
	photo := hosttest.People(t, 1)[0].Photos[0]
	file := filepath.Join(t.TempDir(), "keys.json")
	keys := map[host.Scope]string{}
	for _, s := range []host.Scope{host.Read, host.Enrol, host.Admin} {
		made, err := host.AddKey(file, string(s), s, "", false)
		if err != nil {
			t.Fatal(err)
		}
		keys[s] = made.Key
	}
	only, err := host.AddKey(file, "only", host.Admin, "mine", false)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := serve(t, host.Options{Keys: file})
	const people = "/v1/collections/default/people"
	for _, key := range []string{"", "x", host.NewUUID(), "read"} {
		c.key = key
		c.post(401, people, map[string]string{"name": "Ada"}, "image", photo)
	}
	c.key = keys[host.Read]
	c.post(403, people, map[string]string{"name": "Ada"}, "image", photo)
	c.want(200, "GET", people, nil)
	c.key = keys[host.Enrol]
	c.post(201, people, map[string]string{"name": "Ada"}, "image", photo)
	c.want(403, "POST", "/v1/collections", map[string]string{"name": "mine"})
	c.key = keys[host.Admin]
	c.want(201, "POST", "/v1/collections", map[string]string{"name": "mine"})
	c.key = only.Key
	c.want(403, "GET", people, nil)
	c.want(403, "POST", "/v1/detect?collection=default", map[string]string{"image": b64(photo)})
	c.want(200, "GET", "/v1/collections/mine/people", nil)
	c.want(200, "POST", "/v1/detect", map[string]string{"image": b64(photo)})
	if got := c.want(200, "GET", "/v1/collections", nil); len(got["collections"].([]any)) != 1 ||
		at(got, "collections.0.name") != "mine" {
		t.Errorf("a key for one collection sees %v", got)
	}
	req, _ := http.NewRequest("GET", c.url+people, nil)
	req.Header.Set("x-api-key", keys[host.Read])
	r, err := http.DefaultClient.Do(req)
	if err != nil || r.StatusCode != 200 {
		t.Errorf("x-api-key: %v, %v", r, err)
	}
	if err := host.RevokeKey(file, "only"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status, _ := c.do("GET", "/v1/collections/mine/people", "", nil)
		if status == 401 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a revoked key still works")
		}
	}
}

// Many wrong keys are slowed down, and the right one is not.
func TestGuessing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	made, err := host.AddKey(file, "a", host.Read, "", false)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := serve(t, host.Options{Keys: file})
	seen := map[int]int{}
	for range 60 {
		c.key = host.NewUUID()
		status, _ := c.do("GET", "/v1/health", "", nil)
		seen[status]++
	}
	if seen[401] < 20 || seen[429] == 0 || seen[401]+seen[429] != 60 {
		t.Errorf("statuses: %v", seen)
	}
	c.key = made.Key
	c.want(200, "GET", "/v1/health", nil)
}

// Without keys, pages of other origins and other names are refused.
func TestOtherOrigins(t *testing.T) {
	c, _ := serve(t, host.Options{})
	send := func(hostName, origin, site string) int {
		req, _ := http.NewRequest("POST", c.url+"/v1/detect", strings.NewReader("{}"))
		req.Host = hostName
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		if site != "" {
			req.Header.Set("Sec-Fetch-Site", site)
		}
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	for _, x := range []struct {
		host, origin, site string
		want               int
	}{
		{"", "", "", 400}, {"localhost:8000", "", "", 400}, {"[::1]:8000", "", "", 400},
		{"evil.example", "", "", 403}, {"localhost.evil.example", "", "", 403},
		{"127.0.0.1.evil.example:80", "", "", 403},
		{"", "https://evil.example", "", 403}, {"", "", "cross-site", 403}, {"", "", "same-origin", 400},
	} {
		if got := send(x.host, x.origin, x.site); got != x.want {
			t.Errorf("%+v: %d", x, got)
		}
	}
}
