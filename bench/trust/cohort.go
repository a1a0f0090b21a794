package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"faceid/gallery/snorm"
	"faceid/recognize/calibrate"
	"faceid/recognize/cohort"
)

// enrolled is the number of people of the galleries that cohorts are tried with.
const enrolledPeople = 50

// cohorts tries cohorts made of halves of the sets on galleries and strangers of the other halves: what normalised
// scores do to each set's false accept rate and to true matches, and whether they would be used.
func cohorts(every set, sets []set, ref calibrate.Reference) error {
	fit, kept := map[string][][][]float32{}, map[string][][][]float32{}
	names := []string{"lfw"}
	for _, s := range append([]set{every.firstOf(lfwPhotos)}, sets...) {
		if s.name != "lfw" {
			names = append(names, s.name)
		}
		for i, p := range s.people {
			if i%2 == 0 {
				fit[s.name] = append(fit[s.name], p)
			} else {
				kept[s.name] = append(kept[s.name], p)
			}
		}
	}
	fmt.Printf("cohorts of halves of sets, galleries of %d people and strangers of the other halves\n", enrolledPeople)
	for _, of := range [][]string{{"lfw"}, {"lfw/3"}, {"southasian_regions"}, {"nba", "southasian_regions"},
		{"lfw/3", "nba"}, {"lfw/3", "southasian_regions"}, {"lfw/3", "southasian_people"},
		{"lfw/3", "nba", "southasian_regions", "southasian_people"}} {
		var strangers [][][]float32
		for _, name := range of {
			part := fit[strings.TrimSuffix(name, "/3")]
			if strings.HasSuffix(name, "/3") {
				part = part[:len(part)/3]
			}
			strangers = append(strangers, part...)
		}
		for _, own := range names {
			if len(kept[own]) < 2*enrolledPeople && own != "nba" {
				continue
			}
			if err := tryCohort(of, own, strangers, kept, names, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

func tryCohort(of []string, own string, strangers [][][]float32, kept map[string][][][]float32, names []string,
	ref calibrate.Reference) error {
	people := slices.Clone(kept[own])
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	gallery, rest := people[:enrolledPeople], people[enrolledPeople:]
	v, err := cohort.Judge(strangers, gallery)
	if err != nil {
		return err
	}
	n, err := snorm.New(firstPhotos(strangers))
	if err != nil {
		return err
	}
	cross, err := cohort.NewCross(n, firstPhotos(gallery))
	if err != nil {
		return err
	}
	n = cross.All
	numbers := make([]int, len(gallery))
	for i := range numbers {
		numbers[i] = i
	}
	fmt.Printf("\ncohort %s, %d people; gallery %s: used %v: %s\n", strings.Join(of, " + "), len(strangers), own,
		v.Used, v.Why)
	fmt.Printf("  judged on %d groups: spread %.2f → %.2f [%+.2f, %+.2f], TAR %.2f → %.2f %% [%+.2f, %+.2f], at the "+
		"gallery's threshold %.2f → %.2f %% [%+.2f, %+.2f]\n", v.Groups, v.Cosine.Spread, v.Scores.Spread, v.Spread[0],
		v.Spread[1], 100*v.Cosine.TAR, 100*v.Scores.TAR, 100*v.TAR[0], 100*v.TAR[1], 100*v.Cosine.OwnTAR,
		100*v.Scores.OwnTAR, 100*v.OwnTAR[0], 100*v.OwnTAR[1])
	var at [2]float64
	for kind := range at {
		s := calibrate.Sample{People: len(gallery)}
		for k, x := range impostors(n, 0, firstPhotos(gallery)) {
			s.Pairs = append(s.Pairs, pairNumber(k, len(gallery), x))
		}
		if kind == 1 {
			s.Pairs = cross.Rescore(s.Pairs, numbers)
		}
		f, err := calibrate.New(ref, s)
		if err != nil {
			return err
		}
		at[kind] = f.Threshold(1e-3)
	}
	shipped := ref.Threshold(1e-3)
	strictest := [2]float64{math.Inf(-1), math.Inf(-1)}
	var same [2][]float64
	for _, name := range names {
		judged := kept[name]
		if name == own {
			judged = rest
		}
		judged = judged[:min(len(judged), 1000)]
		if len(judged) < 20 {
			continue
		}
		var far [2][2]float64 // by kind, at the shipped and the calibrated threshold
		for kind := range 2 {
			scores := impostors(n, kind, firstPhotos(judged))
			slices.Sort(scores)
			for k, t := range []float64{shipped, at[kind]} {
				i, _ := slices.BinarySearch(scores, float32(t))
				far[kind][k] = float64(len(scores)-i) / float64(len(scores)) / 1e-3
			}
			if len(judged) >= 50 {
				strictest[kind] = math.Max(strictest[kind], float64(scores[len(scores)-1-len(scores)/1000]))
			}
			for _, p := range judged {
				if len(p) > 1 {
					same[kind] = append(same[kind], pairScore(n, kind, p[0], p[1]))
				}
			}
		}
		fmt.Printf("  %-20s at the shipped threshold %5.1f → %5.1f ×, at the gallery's %5.1f → %5.1f ×\n", name,
			far[0][0], far[1][0], far[0][1], far[1][1])
	}
	tar := func(kind int, t float64) float64 {
		n := 0
		for _, s := range same[kind] {
			if s >= t {
				n++
			}
		}
		return 100 * float64(n) / float64(len(same[kind]))
	}
	fmt.Printf("  TAR at the gallery's threshold %.2f → %.2f %%, where no set has more than 1e-3 %.2f → %.2f %%\n",
		tar(0, at[0]), tar(1, at[1]), tar(0, strictest[0]), tar(1, strictest[1]))
	return nil
}

func firstPhotos(people [][][]float32) [][]float32 {
	out := make([][]float32, len(people))
	for i, p := range people {
		out[i] = p[0]
	}
	return out
}

// impostors are the scores of all pairs, cosine (0) or normalised (1), of i < j by rows.
func impostors(n *snorm.Norm, kind int, faces [][]float32) []float32 {
	sides := make([]snorm.Sides, len(faces))
	parallel(len(faces), func(i int) { sides[i] = n.Sides(faces[i]) })
	var out []float32
	for i, a := range faces {
		for j := i + 1; j < len(faces); j++ {
			s := dot(a, faces[j])
			if kind == 1 {
				s = float32(n.Score(float64(s), sides[i], sides[j]))
			}
			out = append(out, s)
		}
	}
	return out
}

func pairScore(n *snorm.Norm, kind int, a, b []float32) float64 {
	if kind == 1 {
		return n.Pair(a, b)
	}
	return float64(dot(a, b))
}

// pairNumber is the kth pair of n people, of i < j by rows.
func pairNumber(k, n int, score float32) calibrate.Pair {
	i := 0
	for row := n - 1; k >= row; row-- {
		k -= row
		i++
	}
	return calibrate.Pair{A: int32(i), B: int32(i + 1 + k), Score: score}
}
