package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"faceid/bench/internal/groups"
	"faceid/gallery"
)

// ways are those in which a person of several templates can be scored.
var ways = []string{"nearest", "mean score", "together"}

// scores are a person's by each of the ways.
func scores(probe []float32, templates [][]float32, mean []float32) (s [3]float32) {
	s[0] = -1
	for _, t := range templates {
		x := dot(probe, t)
		s[0] = max(s[0], x)
		s[1] += x / float32(len(templates))
	}
	s[2] = gallery.TogetherScore(s[0], probe, mean)
	return s
}

// several prints, for 2 to 8 enrolled photos of each person, which share of the photos of people enrolled gets the
// right name where 1 % of strangers get one, and which share of strangers gets one at the threshold t. It returns the
// least gain of scoring templates together over the nearest, in points.
func several(sets []set, t float32) float64 {
	fmt.Printf("\nseveral templates per person: right names (TPIR) where 1 %% of strangers get one; strangers who get "+
		"one at %.3f (FPIR)\n", t)
	gain := 100.0
	for _, s := range sets {
		for _, n := range []int{2, 3, 5, 8} {
			const draws = 10
			all := make([][2][3]float64, draws) // TPIR, FPIR
			people := 0
			parallel(draws, func(d int) {
				k, tpir, fpir := s.openSetOf(n, rand.New(rand.NewPCG(uint64(d), 9)), t)
				all[d], people = [2][3]float64{tpir, fpir}, k
			})
			line := fmt.Sprintf("%s, %d people of %d photos:", s.name, people, n)
			var tpir [3]float64
			for w, way := range ways {
				var fpir float64
				for _, x := range all {
					tpir[w] += 100 * x[0][w] / draws
					fpir += 100 * x[1][w] / draws
				}
				line += fmt.Sprintf("  %s %.1f %% (%.1f %%)", way, tpir[w], fpir)
			}
			fmt.Println(line)
			gain = min(gain, tpir[2]-tpir[0])
		}
	}
	return gain
}

// openSetOf enrols at most 200 people with n photos each, half of those who have more, and searches for at most four
// more photos of each and of strangers.
func (s set) openSetOf(n int, rng *rand.Rand, t float32) (people int, tpir, fpir [3]float64) {
	const probes, most = 4, 200
	var templates, mated [][][]float32
	var strangers, means [][]float32
	able := 0
	for _, p := range s.people {
		if len(p) > n {
			able++
		}
	}
	for _, i := range rng.Perm(len(s.people)) {
		p := slices.Clone(s.people[i])
		rng.Shuffle(len(p), func(a, b int) { p[a], p[b] = p[b], p[a] })
		if len(p) <= n || len(templates) == min(most, able/2) {
			if len(strangers) < 2000 {
				strangers = append(strangers, p[:min(probes, len(p))]...)
			}
			continue
		}
		mean := make([]float32, len(p[0]))
		for _, v := range p[:n] {
			for k, x := range v {
				mean[k] += x
			}
		}
		templates, means = append(templates, p[:n]), append(means, mean)
		mated = append(mated, p[n:min(len(p), n+probes)])
	}
	search := func(probe []float32) (who [3]int, best [3]float32) {
		best = [3]float32{-1, -1, -1}
		for i := range templates {
			for w, x := range scores(probe, templates[i], means[i]) {
				if x > best[w] {
					who[w], best[w] = i, x
				}
			}
		}
		return who, best
	}
	var found [3][]float32
	for _, p := range strangers {
		_, best := search(p)
		for w, x := range best {
			found[w] = append(found[w], x)
			if x >= t {
				fpir[w] += 1 / float64(len(strangers))
			}
		}
	}
	var at [3]float32
	for w := range at {
		slices.Sort(found[w])
		at[w] = found[w][len(found[w])*99/100]
	}
	hit, all := [3]float64{}, 0.0
	for i, ps := range mated {
		for _, p := range ps {
			who, best := search(p)
			all++
			for w := range who {
				if who[w] == i && best[w] >= at[w] {
					hit[w]++
				}
			}
		}
	}
	for w := range hit {
		tpir[w] = hit[w] / all
	}
	return len(templates), tpir, fpir
}

// whole reads all photos of the set of people with many.
func whole(dir string) (set, error) {
	people, err := groups.Read(filepath.Join(dir, "southasian_people.npz"))
	return set{name: "South Asian", people: people}, err
}
