package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// overload keeps four times as many clients at the server as have places, some of whom enrol, and looks whether
// everybody acknowledged is there afterwards.
func overload(ctx context.Context, s *served, photos [][]byte, o options, f *figures) error {
	limited, cancel := context.WithTimeout(ctx, o.lasts)
	defer cancel()
	var mu sync.Mutex
	acked := map[int64]bool{}
	asked, refused, failed := 0, 0, 0
	var first error
	var all sync.WaitGroup
	for client := range 4 * o.clients {
		all.Go(func() {
			for n := 0; limited.Err() == nil; n++ {
				b := photos[(client*31+n)%len(photos)]
				path := "/v1/collections/default/identify?top=2"
				enrols := client%8 == 0
				if enrols {
					path = fmt.Sprintf(
						"/v1/collections/default/people?largest=true&any_quality=true&name=guest-%d-%d",
						client,
						n,
					)
				}
				var got struct{ Person struct{ ID int64 } }
				no, err := s.post(limited, path, b, &got)
				if limited.Err() != nil {
					return
				}
				mu.Lock()
				asked++
				switch {
				case no:
					refused++
				case err != nil:
					failed++
					first = err
				case enrols:
					acked[got.Person.ID] = true
				}
				mu.Unlock()
				if no {
					time.Sleep(50 * time.Millisecond) // an impatient client: it was told two seconds
				}
			}
		})
	}
	half := time.NewTimer(o.lasts / 2)
	<-half.C
	middle := s.rss()
	all.Wait()
	f.RSSMB = s.rss()
	if middle > 0 {
		f.RSSGrowth = f.RSSMB/middle - 1
	}
	f.Acked, f.Failed, f.Refused = len(acked), failed, float64(refused)/float64(max(asked, 1))
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
	fmt.Printf(
		"overload for %v: %d requests, %.0f %% refused, %d failed (%v), %d enrolments acknowledged, %d of them lost; "+
			"%.0f MB, %+.1f %% in the second half\n",
		o.lasts,
		asked,
		100*f.Refused,
		failed,
		first,
		f.Acked,
		f.Lost,
		f.RSSMB,
		100*f.RSSGrowth,
	)
	return nil
}
