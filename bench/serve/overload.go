package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// overload sends twice as many requests a second as the server was seen to carry, whether they are answered or not;
// every eighth enrols. It looks whether everybody acknowledged is there afterwards.
func overload(ctx context.Context, s *served, photos [][]byte, o options, f *figures) error {
	var mu sync.Mutex
	acked := map[int64]bool{}
	refused, failed := 0, 0
	var first error
	ask := func(n int) {
		path, enrols := identifyPath, n%8 == 7
		if enrols {
			path = fmt.Sprintf("/v1/collections/default/people?largest=true&any_quality=true&name=guest-%d", n)
		}
		var got struct{ Person struct{ ID int64 } }
		no, err := s.post(ctx, path, photos[(n*31+n/8)%len(photos)], &got)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case no:
			refused++
		case err != nil:
			failed++
			first = err
		case enrols:
			acked[got.Person.ID] = true
		}
	}
	asked := 0
	var all sync.WaitGroup
	begin := time.Now()
	for every := time.Duration(float64(time.Second) / (2 * f.PerS)); time.Since(begin) < o.overload; asked++ {
		time.Sleep(time.Until(begin.Add(time.Duration(asked) * every)))
		n := asked
		all.Go(func() { ask(n) })
	}
	all.Wait()
	f.Acked, f.Refused = len(acked), float64(refused)/float64(max(asked, 1))
	f.Failed += failed
	for id := range acked {
		r, err := s.http.Get(fmt.Sprintf("%s/v1/collections/default/people/%d", s.url, id))
		if err != nil {
			return err
		}
		var p struct{ Faces int }
		err = json.NewDecoder(r.Body).Decode(&p)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK || p.Faces == 0 {
			f.Lost++
		}
	}
	fmt.Printf("twice the load for %v: %d requests, %.0f %% told to come back, %d failed (%v), %d enrolments "+
		"acknowledged, %d of them lost; %.0f MB\n", o.overload, asked, 100*f.Refused, failed, first, f.Acked, f.Lost,
		s.rss())
	return nil
}
