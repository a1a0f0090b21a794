// Package rest is what the engine asks of a node of Weaviate: eight calls of its REST and GraphQL interfaces over
// net/http. A node's answers are bounded before they are read, redirections are refused, and no proxy is used.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// maxAnswer bounds what is read of a node: a page of 200 of the longest vectors takes half of it.
const maxAnswer = 512 << 20

// Object is a stored object as the REST interface writes and reads it.
type Object struct {
	Class      string         `json:"class"`
	ID         string         `json:"id"` // a UUID
	Properties map[string]any `json:"properties"`
	Vector     []float32      `json:"vector,omitempty"`
	Created    int64          `json:"creationTimeUnix,omitempty"` // in ms, by the server; not sent
}

// Class is a collection of the database.
type Class struct {
	Class             string         `json:"class"`
	Properties        []Property     `json:"properties"`
	Vectorizer        string         `json:"vectorizer"`
	VectorIndexType   string         `json:"vectorIndexType"`
	VectorIndexConfig map[string]any `json:"vectorIndexConfig"`
	ShardingConfig    map[string]any `json:"shardingConfig"`
	ReplicationConfig *Replication   `json:"replicationConfig"`
}

// Property is one of a class.
type Property struct {
	Name            string   `json:"name"`
	DataType        []string `json:"dataType"`
	Tokenization    string   `json:"tokenization,omitempty"`
	IndexFilterable bool     `json:"indexFilterable"`
	IndexSearchable bool     `json:"indexSearchable"`
}

// Replication says how many copies there are, and how they find together again.
type Replication struct {
	Factor           int    `json:"factor"`
	AsyncEnabled     bool   `json:"asyncEnabled"`
	DeletionStrategy string `json:"deletionStrategy"`
}

// Host is a node's interface.
type Host struct {
	Base string // URL of the interface, up to and with /v1
	Key  string // the API key, or ""
}

// statusError is an answer that says no.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.code, e.text) }

// silentError is why there was no answer.
type silentError struct{ error }

func (e *silentError) Unwrap() error { return e.error }

// Status returns the HTTP status of a refusal, or 0.
func Status(err error) int {
	if e := (*statusError)(nil); errors.As(err, &e) {
		return e.code
	}
	return 0
}

// Unreachable tells a host that does not answer from one whose answer is an error.
func Unreachable(err error) bool {
	var e *silentError
	return errors.As(err, &e)
}

// client keeps connections as long as the process lives: nodes are asked again and again.
var client = sync.OnceValue(func() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 32, 0
	t.Proxy = nil // a database of faces is not reached through whatever the environment names
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("redirected, refused") // the key goes nowhere else
	}}
})

// call sends in, unless it is nil, and reads the answer into out, unless that is nil. It returns a *statusError where
// the server says no.
func (h *Host) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	to := h.Base + path
	if len(query) > 0 {
		to += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if h.Key != "" {
		r.Header.Set("Authorization", "Bearer "+h.Key)
	}
	resp, err := client().Do(r)
	if err != nil {
		return &silentError{err}
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 2000))
		return &statusError{resp.StatusCode, refusal(b)}
	}
	if out == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // for the connection to be used again
		return err
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return &silentError{err}
	case len(b) > maxAnswer:
		return fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("an answer that is not as it should be: %w", err)
	}
	return nil
}

// refusal is what the server says of it: the messages, or the text.
func refusal(b []byte) string {
	var e struct {
		Error []struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(b, &e) != nil || len(e.Error) == 0 {
		return strings.TrimSpace(string(b))
	}
	var text []string
	for _, x := range e.Error {
		text = append(text, x.Message)
	}
	return strings.Join(text, "; ")
}

// PutObjects writes objects at a consistency level, and returns why one was not taken.
func (h *Host) PutObjects(ctx context.Context, objects []*Object, level string) error {
	var out []struct {
		ID     string `json:"id"`
		Result struct {
			Errors struct {
				Error []struct {
					Message string `json:"message"`
				} `json:"error"`
			} `json:"errors"`
		} `json:"result"`
	}
	in := map[string]any{"fields": []string{"ALL"}, "objects": objects}
	if err := h.call(ctx, http.MethodPost, "/batch/objects", atLevel(level), in, &out); err != nil {
		return err
	}
	if len(out) != len(objects) {
		return fmt.Errorf("%d answers for %d objects", len(out), len(objects))
	}
	for _, o := range out {
		if e := o.Result.Errors.Error; len(e) > 0 {
			return fmt.Errorf("object %s: %s", o.ID, e[0].Message)
		}
	}
	return nil
}

func atLevel(level string) url.Values { return url.Values{"consistency_level": {level}} }

// GetObject reads an object with its vector; nil: there is none.
func (h *Host) GetObject(ctx context.Context, class, id, level string) (*Object, error) {
	q := atLevel(level)
	q.Set("include", "vector")
	o := &Object{}
	err := h.call(ctx, http.MethodGet, "/objects/"+class+"/"+id, q, nil, o)
	if Status(err) == http.StatusNotFound {
		return nil, nil
	}
	return o, err
}

// DeleteObject removes an object, if it is there.
func (h *Host) DeleteObject(ctx context.Context, class, id, level string) error {
	err := h.call(ctx, http.MethodDelete, "/objects/"+class+"/"+id, atLevel(level), nil, nil)
	if Status(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// ListObjects lists a class in the order of UUIDs, after one.
func (h *Host) ListObjects(ctx context.Context, class, after string, limit int, vectors bool) ([]*Object, error) {
	q := url.Values{"class": {class}, "after": {after}, "limit": {strconv.Itoa(limit)}}
	if vectors {
		q.Set("include", "vector")
	}
	var out struct {
		Objects []*Object `json:"objects"`
	}
	err := h.call(ctx, http.MethodGet, "/objects", q, nil, &out)
	for _, o := range out.Objects {
		if err == nil && o == nil {
			err = errors.New("a list with nothing in it")
		}
	}
	return out.Objects, err
}

// GetClass reads a class; nil: there is none.
func (h *Host) GetClass(ctx context.Context, name string) (*Class, error) {
	c := &Class{}
	err := h.call(ctx, http.MethodGet, "/schema/"+name, nil, nil, c)
	if Status(err) == http.StatusNotFound {
		return nil, nil
	}
	return c, err
}

// CreateClass makes a class.
func (h *Host) CreateClass(ctx context.Context, c *Class) error {
	return h.call(ctx, http.MethodPost, "/schema", nil, c, nil)
}

// DeleteClass removes a class with everything in it.
func (h *Host) DeleteClass(ctx context.Context, name string) error {
	return h.call(ctx, http.MethodDelete, "/schema/"+name, nil, nil, nil)
}

// GraphQL asks a query; the lists of the answer are by kind and class.
func (h *Host) GraphQL(ctx context.Context, q string) (map[string]map[string][]map[string]any, error) {
	var out struct {
		Data   map[string]map[string][]map[string]any `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	err := h.call(ctx, http.MethodPost, "/graphql", nil, map[string]string{"query": q}, &out)
	if err == nil && len(out.Errors) > 0 {
		err = fmt.Errorf("query: %s", out.Errors[0].Message)
	}
	return out.Data, err
}
