package tidy

import (
	"context"
	"fmt"
	"math"
)

// Gallery are the templates of people, numbered from 0 in the order in which Add takes them. The zero value is empty.
type Gallery struct {
	templates matrix
	person    []int32  // of each template
	photo     []string // of each template
	usable    []float32
	of        [][]int32 // templates of each person
}

// Add takes a template of a person; people are numbered from 0, and those without a template passed over.
// The embedding, of unit length, is copied. photo says which photo it was made from, a checksum or the like; "" is not
// known. usable is that of package embed; 1 where it is not known. It returns ErrShape or ErrNotUnit.
func (g *Gallery) Add(person int, embedding []float32, photo string, usable float32) error {
	m := &g.templates
	if m.n == 0 {
		m.d = len(embedding)
	}
	if len(embedding) != m.d || m.d == 0 {
		return fmt.Errorf("%w: %d and %d", ErrShape, m.d, len(embedding))
	}
	if s := dot(embedding, embedding); !(math.Abs(float64(s)-1) < 1e-3) { // a NaN is not
		return fmt.Errorf("%w: number %d", ErrNotUnit, m.n)
	}
	for person >= len(g.of) {
		g.of = append(g.of, nil)
	}
	g.of[person] = append(g.of[person], int32(m.n))
	m.x = append(m.x, embedding...)
	m.n++
	g.person, g.photo, g.usable = append(g.person, int32(person)), append(g.photo, photo), append(g.usable, usable)
	return nil
}

// Len is the number of templates.
func (g *Gallery) Len() int { return g.templates.n }

// Person is whose template t is.
func (g *Gallery) Person(t int) int { return int(g.person[t]) }

// People is the number of people with a template.
func (g *Gallery) People() int {
	n := 0
	for _, t := range g.of {
		if len(t) > 0 {
			n++
		}
	}
	return n
}

// sum adds some templates.
func (g *Gallery) sum(templates []int32) []float32 {
	sum := make([]float32, g.templates.d)
	for _, t := range templates {
		for i, x := range g.templates.row(int(t)) {
			sum[i] += x
		}
	}
	return sum
}

// middle is that of some templates as a group; see scale.
func (g *Gallery) middle(templates []int32) []float32 {
	sum := g.sum(templates)
	f := scale(sum, len(templates))
	for i := range sum {
		sum[i] *= f
	}
	return sum
}

// neighbours are, for each template, the people besides its own with the most alike templates.
type neighbours [][nearest]neighbour

const nearest = 4

type neighbour struct {
	person   int32
	template int32
	score    float32 // 0: none
}

// put keeps the best template of each of the best people.
func (n neighbours) put(t, person, template int, score float32) {
	list := &n[t]
	at := nearest
	for k := range list { // the person's own place, or the last
		if list[k].score > 0 && list[k].person == int32(person) {
			if list[k].score >= score {
				return
			}
			at = k
			break
		}
	}
	if at == nearest {
		if at--; list[at].score >= score {
			return
		}
	}
	for ; at > 0 && list[at-1].score < score; at-- {
		list[at] = list[at-1]
	}
	list[at] = neighbour{int32(person), int32(template), score}
}

// twin is the most alike earlier template of the same person; score 0: none is a copy.
type twin struct {
	template int32
	score    float32
}

// neighbours compares all templates but poor ones: with those of other people down to from, with those of the same
// person down to sameFile.
func (g *Gallery) neighbours(ctx context.Context, from float32, done func(float64)) (neighbours, []twin, error) {
	n, twins := make(neighbours, g.Len()), make([]twin, g.Len())
	err := g.templates.above(ctx, g.Len(), min(from, sameFile), func(i, j int, s float32) {
		a, b := int(g.person[i]), int(g.person[j])
		switch {
		case g.poor(i) || g.poor(j): // they are like everybody
		case a != b && s >= from:
			n.put(i, b, j, s)
			n.put(j, a, i, s)
		case a == b && s >= sameFile && s > twins[j].score && g.copied(i, j, s):
			twins[j] = twin{int32(i), s}
		}
	}, done)
	return n, twins, err
}

func (g *Gallery) poor(t int) bool { return g.usable[t] < leastUse }

// copied says whether two templates with that score are of one photo.
func (g *Gallery) copied(i, j int, score float32) bool {
	return score >= copied || score >= sameFile && g.photo[i] != "" && g.photo[i] == g.photo[j]
}
