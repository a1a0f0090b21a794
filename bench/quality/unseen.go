package main

import (
	"fmt"
	"math"
	"os"
	"slices"

	"faceid/embed"
)

// alike are the lessons that show much the same, by name.
var alike = [][]string{{"disc", "box"}, {"long", "path", "double"}, {"pixel", "sparse", "twice"}, {"chroma"},
	{"fog", "haze", "glare", "levels"}, {"speckle", "salt"}}

// unseen prints how far the rate asked for holds for people and ways of spoiling that the quality figure has not seen,
// with slopes of embed.Caution of 0.4 to 0.8: lessons that are alike are left out of the learning together, which is
// from one half of the people, and then judge it, by the other half.
func unseen(sharp, clean []embed.Embedding, sets []lesson, threshold float64) error {
	slopes := []float64{0.4, 0.5, 0.6, 0.7, 0.8}
	for _, out := range alike {
		isOut := func(l lesson) bool { return slices.Contains(out, l.kind) }
		yes, pairs := make(map[string][]int), make(map[string]int)
		for half := range 2 {
			var seen, other []lesson
			for _, l := range sets {
				if isOut(l) {
					other = append(other, l.half(1-half, threshold))
				} else {
					seen = append(seen, l.half(half, threshold))
				}
			}
			w, limit, err := weights(sharp, clean, seen)
			if err != nil {
				return err
			}
			for _, l := range other {
				name := fmt.Sprint(l.kind, l.strength)
				y, n := l.passing(w, limit, threshold, slopes)
				pairs[name] += n
				if yes[name] == nil {
					yes[name] = make([]int, len(slopes))
				}
				for i := range y {
					yes[name][i] += y[i]
				}
			}
		}
		fmt.Fprintf(os.Stderr, "without %v, worst false accept rate / 1e-3 by slope:", out)
		for i, slope := range slopes {
			worst := 0.0
			for name, n := range pairs {
				if n >= 1000 {
					worst = max(worst, float64(yes[name][i])/float64(n)/1e-3)
				}
			}
			fmt.Fprintf(os.Stderr, "  %.1f: %.1f", slope, worst)
		}
		fmt.Fprintln(os.Stderr)
	}
	return nil
}

// half is the lesson with one half of its people, 0 or 1.
func (l lesson) half(half int, threshold float64) lesson {
	mid := len(l.faces) / 2
	l.faces = [2][]embed.Embedding{l.faces[:mid], l.faces[mid:]}[half]
	l.rates = falseMatches(l.faces, threshold)
	return l
}

// passing counts the lesson's pairs that get an answer by weights, and those that pass with each slope of caution.
func (l lesson) passing(w []float64, limit, threshold float64, slopes []float64) (yes []int, n int) {
	var left []embed.Embedding
	var usable []float64
	for _, e := range l.faces {
		if u := 1 / (1 + math.Exp(dot(w, e.Trunk)-limit)); u >= embed.LeastUsable {
			left, usable = append(left, e), append(usable, u)
		}
	}
	yes = make([]int, len(slopes))
	for i := range left {
		for j := range i {
			n++
			score, poor := cosine(left[i].Unit, left[j].Unit), max(0, 0.9-math.Sqrt(usable[i]*usable[j]))
			for k, slope := range slopes {
				if score >= threshold+slope*poor {
					yes[k]++
				}
			}
		}
	}
	return yes, n
}
