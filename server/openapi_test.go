package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"faceid/server/host"
)

// The document has the routes that there are, and each parameter that it names is one.
func TestOpenAPI(t *testing.T) {
	want := map[string]bool{}
	for _, rt := range routes() {
		want[rt.pattern] = true
		if _, ok := docs[rt.pattern]; !ok {
			t.Errorf("%s is not in the document", rt.pattern)
		}
	}
	for pattern, d := range docs {
		if !want[pattern] {
			t.Errorf("%s is in the document and no route", pattern)
		}
		for _, q := range d.query {
			if parameters[q].schema == nil {
				t.Errorf("%s: the parameter %s is not described", pattern, q)
			}
		}
		if d.says == "" {
			t.Errorf("%s: nothing is said of it", pattern)
		}
	}
	c, _ := serve(t, host.Options{})
	got := c.want(200, "GET", "/openapi.json", nil)
	if got["openapi"] != "3.1.0" || len(got["paths"].(map[string]any)) < 20 {
		t.Errorf("%v, %d paths", got["openapi"], len(got["paths"].(map[string]any)))
	}
}

// document are the schemas of answers, compiled, by pattern and status; and what finds the pattern of a request.
var document = sync.OnceValues(func() (map[string]*jsonschema.Schema, *http.ServeMux) {
	all, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI()))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("openapi.json", all); err != nil {
		panic(err)
	}
	compile := func(pointer ...string) *jsonschema.Schema {
		for i, p := range pointer {
			pointer[i] = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(p)
		}
		return compiler.MustCompile("openapi.json#/" + strings.Join(pointer, "/"))
	}
	out, mux := map[string]*jsonschema.Schema{}, http.NewServeMux()
	for pattern, d := range docs {
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
		method, path, _ := strings.Cut(pattern, " ")
		for status := range map[string]bool{fmt.Sprint(max(d.status, 200)): true, "default": true} {
			if status == "default" || d.answer != nil && d.answer != aPhoto {
				method := strings.ToLower(method)
				out[pattern+" "+status] = compile("paths", path, method, "responses", status, "content",
					"application/json", "schema")
			}
		}
	}
	return out, mux
})

// checkAnswer fails for an answer that is not as the document has it.
func checkAnswer(t testing.TB, r *http.Request, status int, body []byte) {
	t.Helper()
	answers, mux := document()
	_, pattern := mux.Handler(r)
	if pattern == "" || !slices.ContainsFunc(routes(), func(rt route) bool { return rt.pattern == pattern }) {
		return // no route of the native API
	}
	schema := answers[fmt.Sprint(pattern, " ", status)]
	if status >= 400 {
		schema = answers[pattern+" default"]
	}
	if schema == nil {
		t.Errorf("%s: status %d is not in the document", pattern, status)
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: %.300s: %v", pattern, body, err)
	}
}

// A document that is wrong about an answer is noticed.
func TestCheckAnswer(t *testing.T) {
	r, err := http.NewRequest("GET", "/v1/collections/x/people/3", nil)
	if err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(personJSON{ID: 3, Metadata: json.RawMessage("{}")})
	if err != nil {
		t.Fatal(err)
	}
	checkAnswer(t, r, 200, good)
	answers, _ := document()
	for _, bad := range []string{`{}`, strings.Replace(string(good), `"id":3`, `"id":"3"`, 1), `{"id":3,"more":1}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if answers["GET "+onePath+"/people/{person} 200"].Validate(v) == nil {
			t.Errorf("%s is taken for a person", bad)
		}
	}
}
