package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"faceid/server/host"
	"faceid/server/hosttest"
)

// event is one of a stream.
type event struct {
	name string
	data map[string]any
}

// watch sends a request whose progress it wants to be told, and returns the events, each checked against the document.
func (c *client) watch(method, path, kind string, body io.Reader) (status int, got []event) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json;q=0.5, text/event-stream")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != eventStream {
		return r.StatusCode, []event{{"", nil}}
	}
	for block := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(block, "\ndata: ")
		e := event{name: strings.TrimPrefix(name, "event: ")}
		if err := json.Unmarshal([]byte(data), &e.data); err != nil || !ok {
			c.t.Fatalf("%s: event %q: %v", path, block, err)
		}
		c.checkEvent(req, e, data)
		got = append(got, e)
	}
	return r.StatusCode, got
}

func (c *client) checkEvent(r *http.Request, e event, data string) {
	c.t.Helper()
	_, mux := document()
	_, pattern := mux.Handler(r)
	method, path, _ := strings.Cut(pattern, " ")
	all, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI()))
	if err != nil {
		c.t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("openapi.json", all); err != nil {
		c.t.Fatal(err)
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	schema, err := compiler.Compile(fmt.Sprintf("openapi.json#/paths/%s/%s/responses/200/content/%s/x-events/%s",
		escape.Replace(path), strings.ToLower(method), escape.Replace(eventStream), e.name))
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		c.t.Errorf("%s: %s: %.300s: %v", pattern, e.name, data, err)
	}
}

// last is the end of a stream, which is to be of a name, and how many events of each name there were.
func last(t *testing.T, got []event, name string) (map[string]any, map[string]int) {
	t.Helper()
	count := map[string]int{}
	for _, e := range got {
		count[e.name]++
	}
	if end := got[len(got)-1]; end.name != name || count["result"]+count["error"] != 1 {
		t.Fatalf("ends with %s: %v", end.name, got)
	}
	return got[len(got)-1].data, count
}

// Long work tells how far it is, where that is asked for, and ends with what it would answer otherwise.
func TestEvents(t *testing.T) {
	people := hosttest.People(t, 3)
	c, _ := serve(t, host.Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
	const one = "/v1/collections/default"
	kind, body := form(t, map[string]string{"name": "Ann"}, "images", people[0].Photos[0], hosttest.Faceless(t),
		people[0].Photos[1])
	status, got := c.watch("POST", one+"/people", kind, body)
	end, count := last(t, got, "result")
	if status != 200 || at(end, "person.faces") != 2.0 || at(end, "rejected_images.0.index") != 1.0 ||
		count["progress"] == 0 {
		t.Errorf("enrol: %d %v %v", status, end, count)
	}
	// What is refused before anything is done is answered as ever; what fails later, at the end.
	kind, body = form(t, map[string]string{"name": "#7"}, "images", people[1].Photos[0])
	if status, got := c.watch("POST", one+"/people", kind, body); status != 400 || got[0].name != "" {
		t.Errorf("a bad name: %d %v", status, got)
	}
	kind, body = form(t, map[string]string{"name": "Ben"}, "images", hosttest.Faceless(t), hosttest.Faceless(t))
	status, got = c.watch("POST", one+"/people", kind, body)
	if end, _ := last(t, got, "error"); status != 200 || at(end, "error.code") != "no_photo_usable" ||
		end["request_id"] == "" {
		t.Errorf("no face: %d %v", status, end)
	}
	for _, p := range people[1:] {
		c.post(201, one+"/people", map[string]string{"name": p.Name}, "images", p.Photos[0], p.Photos[1])
	}
	_, got = c.watch("GET", "/v1/doctor", "", nil)
	end, count = last(t, got, "result")
	if n := len(end["findings"].([]any)); n < 3 || count["finding"] != n {
		t.Errorf("doctor: %d findings of %v", count["finding"], end)
	}
	_, got = c.watch("POST", one+"/calibration", "", nil)
	if end, _ := last(t, got, "error"); at(end, "error.code") != "too_few_people" {
		t.Errorf("calibration: %v", end)
	}
	for path, member := range map[string]string{"/faults": "faults", "/scores": "same"} {
		_, got := c.watch("GET", one+path, "", nil)
		end, count := last(t, got, "result")
		plain := c.want(200, "GET", one+path, nil)
		if count["progress"] == 0 || fmt.Sprint(end) != fmt.Sprint(plain) || end[member] == nil {
			t.Errorf("%s: %v, %v, without events %v", path, count, end, plain)
		}
	}
	_, _, lines := c.raw(one + "/export")
	if status, got := c.watch("POST", one+"/import", "application/x-ndjson", bytes.NewReader(lines)); status == 200 {
		if end, _ := last(t, got, "result"); end["people"] != 3.0 || end["duplicates"] != 6.0 {
			t.Errorf("import: %v", end)
		}
	} else {
		t.Errorf("import: %d", status)
	}
}
