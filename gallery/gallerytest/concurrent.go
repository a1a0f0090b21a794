package gallerytest

import (
	"fmt"
	"slices"
	"sync"

	"faceid/gallery"
)

// Many goroutines enrol, remove and search: nothing lost, nothing wrong, one person a name.
func testConcurrent(s *suite) {
	const workers, rounds = 4, 12
	keep := s.person("always there", s.axis(0))
	var mu sync.Mutex
	var wg sync.WaitGroup
	added := make(map[int64]int)
	vecs := make([][]float32, workers*rounds*2)
	for i := range vecs {
		vecs[i] = s.vec()
	}
	fail := make(chan error, workers*4)
	for w := range workers {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for i := range rounds {
				v := vecs[2*(w*rounds+i):]
				got, err := s.e.Enrol(s.ctx, []gallery.Enrolment{
					{Name: fmt.Sprintf("worker %d", w), Templates: []gallery.Template{{Embedding: v[0]}}},
					{Name: fmt.Sprintf("shared %d", i), Templates: []gallery.Template{{Embedding: v[1]}}},
				}, nil)
				if err != nil {
					fail <- err
					return
				}
				mu.Lock()
				for _, g := range got {
					added[g.PersonID] += g.Added
				}
				mu.Unlock()
				// What was acknowledged is found at once.
				m, err := s.e.Search(s.ctx, [][]float32{v[0]},
					&gallery.SearchOptions{K: 1, People: []int64{got[0].PersonID}})
				if err == nil && (len(m[0]) != 1 || m[0][0].Score < 0.999) {
					err = fmt.Errorf("enrolled %v, found %v", got[0], m)
				}
				// Somebody for a moment, gone for good when Remove returns.
				if err == nil {
					err = s.passing(fmt.Sprintf("passing %d %d", w, i), v[0])
				}
				if err != nil {
					fail <- err
					return
				}
			}
		}()
		go func() {
			defer wg.Done()
			for range rounds * 2 {
				m, err := s.e.Search(s.ctx, [][]float32{s.axis(0)}, &gallery.SearchOptions{K: 1, People: []int64{keep}})
				if err == nil && (len(m[0]) != 1 || m[0][0].PersonID != keep || m[0][0].Name != "always there") {
					err = fmt.Errorf("the one who stays: %v", m)
				}
				if err == nil {
					m, err = s.e.Search(s.ctx, [][]float32{s.axis(0), s.axis(1)}, nil)
				}
				for _, ms := range m {
					for _, x := range ms {
						if err == nil && x.Name == "" {
							err = fmt.Errorf("match without a name: %v", x)
						}
					}
				}
				if err != nil {
					fail <- err
					return
				}
			}
		}()
	}
	wg.Wait()
	close(fail)
	for err := range fail {
		s.Error(err)
	}
	if s.Failed() {
		return
	}
	n := 0
	for p, err := range s.e.People(s.ctx) {
		s.must(err)
		if p.ID == keep {
			continue
		}
		k := 0
		for _, err := range s.e.Templates(s.ctx, p.ID) {
			s.must(err)
			k++
		}
		if k != added[p.ID] {
			s.Errorf("person %d (%s): %d templates, acknowledged %d", p.ID, p.Name, k, added[p.ID])
		}
		n++
	}
	if n != workers+rounds || len(added) != n {
		s.Errorf("%d people, want %d; %d ids acknowledged", n, workers+rounds, len(added))
	}
}

// passing enrols somebody, removes them, and looks for them.
func (s *suite) passing(name string, v []float32) error {
	g, err := s.e.Enrol(s.ctx, []gallery.Enrolment{{Name: name, Templates: []gallery.Template{{Embedding: v}}}}, nil)
	if err != nil {
		return err
	}
	if err := s.e.Remove(s.ctx, g[0].PersonID); err != nil {
		return err
	}
	m, err := s.e.Search(s.ctx, [][]float32{v}, &gallery.SearchOptions{K: 100})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(m[0], func(x gallery.Match) bool { return x.PersonID == g[0].PersonID }) {
		return fmt.Errorf("person %d was removed and is found", g[0].PersonID)
	}
	return nil
}
