package server

import (
	"fmt"
	"path/filepath"
	"testing"

	"faceid/embed"
	"faceid/recognize"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// TestExamplesFollow: an example of whom somebody is not follows that person when they are renamed, merged and removed
// over HTTP, and nothing of it is left.
func TestExamplesFollow(t *testing.T) {
	people := hosttest.People(t, 3)
	c, h := serve(t, host.Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
	const one = "/v1/collections/default"
	var ids []int64
	for _, p := range people[:2] {
		got := c.post(201, one+"/people", map[string]string{"name": p.Name}, "images", p.Photos[0])
		ids = append(ids, id(got, "person.id"))
	}
	entries := func(name string) (n int) {
		t.Helper()
		err := h.Use(t.Context(), "default", func(r *recognize.Recognizer) error {
			e, err := r.Gallery(t.Context())
			if err != nil {
				return err
			}
			found, err := e.Find(t.Context(), "not "+name)
			n = len(found)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := h.Use(t.Context(), "default", func(r *recognize.Recognizer) error {
		_, err := r.Reject(t.Context(), embed.Input{Data: people[2].Photos[0]}, people[1].Name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if entries(people[1].Name) != 1 {
		t.Fatal("no example")
	}
	person := func(i int) string { return fmt.Sprintf("%s/people/%d", one, ids[i]) }
	c.want(200, "PATCH", person(1), map[string]any{"name": "Renamed"})
	if entries("Renamed") != 1 || entries(people[1].Name) != 0 {
		t.Error("the example did not follow a new name")
	}
	c.want(200, "POST", person(0)+"/merge", map[string]any{"from": []int64{ids[1]}})
	if entries(people[0].Name) != 1 || entries("Renamed") != 0 {
		t.Error("the example did not follow a merge")
	}
	c.want(200, "DELETE", person(0), nil)
	if entries(people[0].Name) != 0 {
		t.Error("an example is left of a removed person")
	}
}
