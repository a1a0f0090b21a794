package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"faceid/embed"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// What a route does not know is refused by name, whatever the route: a threshold that is misspelt is not one that is
// not kept. What its document names is not.
func TestUnknownNames(t *testing.T) {
	c, h := serve(t, host.Options{})
	c.want(201, "POST", "/v1/collections", map[string]string{"name": "c"})
	for _, rt := range routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		path = strings.NewReplacer("{collection}", "c", "{person}", "6", "{face}", "7").Replace(path)
		got := c.want(400, method, path+"?threshhold=0.99", nil)
		if at(got, "error.code") != "unknown_parameter" || at(got, "error.details.parameter") != "threshhold" {
			t.Errorf("%s: %v", rt.pattern, got)
		}
		if rt.body {
			got := c.want(400, method, path, map[string]string{"nme": "y"})
			if at(got, "error.code") != "unknown_field" || at(got, "error.details.field") != "nme" {
				t.Errorf("%s: %v", rt.pattern, got)
			}
		}
		d, query, body := docs[rt.pattern], url.Values{}, map[string]string{}
		for _, name := range d.query {
			query.Set(name, "x")
			body[name] = "x"
		}
		for _, name := range d.files {
			body[name] = "x"
		}
		for name := range d.body {
			body[name] = "x"
		}
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		x := &call{r: httptest.NewRequest(method, path+"?"+query.Encode(), bytes.NewReader(b))}
		if rt.body {
			if x.form, err = h.Form(httptest.NewRecorder(), x.r); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.knows(d); err != nil {
			t.Errorf("%s: its own names: %v", rt.pattern, err)
		}
	}

	const people = "/v1/collections/c/people"
	photo := hosttest.People(t, 1)[0].Photos[0]
	got := c.post(400, people, map[string]string{"name": "Ann"}, "pictures", photo)
	if at(got, "error.details.field") != "pictures" || !strings.Contains(at(got, "error.hint").(string), "images") {
		t.Error(got)
	}
	if got := c.want(200, "GET", people, nil); len(got["people"].([]any)) != 0 {
		t.Errorf("somebody was enrolled all the same: %v", got)
	}
	long := strings.Repeat("é", 10_000)
	got = c.want(400, "GET", people+"?"+url.QueryEscape(long)+"=1", nil)
	if len(at(got, "error.message").(string)) > 200 {
		t.Errorf("%.300v", got)
	}
	c.want(400, "GET", people+"?limit=5;cursor=x", nil) // net/http drops what it cannot read
	c.want(200, "GET", "/api/v1/recognition/subjects?threshhold=1", nil)
}

// A kept photo has the media type of its content.
func TestMediaTypeOfPhoto(t *testing.T) {
	c, _ := serve(t, host.Options{KeepPhotos: true, Gallery: t.TempDir() + "/g.db"})
	m, err := embed.DecodeBytes(hosttest.People(t, 1)[0].Photos[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := tiff.Encode(&b, m.NRGBA(), nil); err != nil {
		t.Fatal(err)
	}
	got := c.post(201, "/v1/collections/default/people", map[string]string{"name": "Ann"}, "images", b.Bytes())
	path := fmt.Sprintf("/v1/collections/default/faces/%d/photo", id(got, "faces.0.id"))
	if s, kind, sent := c.raw(path); s != http.StatusOK || kind != "image/tiff" || !bytes.Equal(sent, b.Bytes()) {
		t.Errorf("%d %s, %d bytes", s, kind, len(sent))
	}
}
