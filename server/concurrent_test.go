package server

import (
	"fmt"
	"sync"
	"testing"

	"faceid/server/host"
	"faceid/server/hosttest"
)

// Many clients at once, some of whom enrol, remove, make collections and drop them: every answer is one that could have
// been given alone, and what was acknowledged is there.
func TestAtOnce(t *testing.T) {
	people := hosttest.People(t, 3)
	c, h := serve(t, host.Options{Workers: 2, Queue: 1000})
	const one = "/v1/collections/default"
	c.post(201, one+"/people", map[string]string{"name": people[0].Name}, "images", people[0].Photos[0])
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			name := fmt.Sprintf("guest %d", i)
			got := c.post(201, one+"/people", map[string]string{"name": name}, "images", people[1].Photos[i%3])
			path := fmt.Sprintf("%s/people/%d", one, id(got, "person.id"))
			if got := c.want(200, "GET", path, nil); at(got, "name") != name || at(got, "faces") != 1.0 {
				t.Errorf("acknowledged and not there: %v", got)
			}
			if i%2 == 0 {
				checkReceipt(t, c.want(200, "DELETE", path, nil), 1, 1)
			}
		})
		all.Go(func() {
			for range 3 {
				got := c.post(200, one+"/identify", nil, "image", people[0].Photos[1])
				if at(got, "faces.0.person.name") != people[0].Name {
					t.Errorf("identified: %v", got)
				}
			}
		})
		all.Go(func() {
			name := fmt.Sprintf("short-%d", i%2) // two of them want the same
			want := map[string]string{"name": name}
			for range 3 {
				made, _ := c.do("POST", "/v1/collections", "application/json", jsonOf(t, want))
				asked, _ := c.do("GET", "/v1/collections/"+name+"/people", "", nil)
				gone, _ := c.do("DELETE", "/v1/collections/"+name, "", nil)
				for status, may := range map[int][]int{made: {201, 409}, asked: {200, 404}, gone: {200, 404}} {
					if status != may[0] && status != may[1] {
						t.Errorf("status %d, want %v", status, may)
					}
				}
			}
		})
	}
	all.Wait()
	if got := c.want(200, "GET", one, nil); at(got, "people") != 3.0 {
		t.Errorf("in the end: %v", got)
	}
	if err := h.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
