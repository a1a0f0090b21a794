package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"faceid/eval"
)

// TestFew: of too many photos everybody's first ones stay, so that nobody with many drives others out.
func TestFew(t *testing.T) {
	var all []sample
	for person, photos := range []int{50, 1, 2, 1, 7} {
		for range photos {
			all = append(all, sample{path: fmt.Sprint(len(all)), person: person})
		}
	}
	if got := few(all, 1000); len(got) != len(all) {
		t.Errorf("%d of %d where all have room", len(got), len(all))
	}
	got := few(all, 12)
	count := map[int]int{}
	last := -1
	for _, s := range got {
		count[s.person]++
		if s.person < last {
			t.Error("the order of the photos changed")
		}
		last = s.person
	}
	if len(got) != 12 || count[1] != 1 || count[2] != 2 || count[3] != 1 || count[0] != 4 || count[4] != 4 {
		t.Errorf("photos kept of each person: %v", count)
	}
}

// made are people with random faces: those of one person are near each other.
func made(people, photos int) (all []sample, names []string) {
	rng := rand.New(rand.NewPCG(1, 1))
	for p := range people {
		own := make([]float32, 32)
		for i := range own {
			own[i] = float32(rng.NormFloat64())
		}
		for range photos {
			v, n := make([]float32, 32), 0.0
			for i := range v {
				v[i] = own[i] + 0.4*float32(rng.NormFloat64())
				n += float64(v[i]) * float64(v[i])
			}
			for i := range v {
				v[i] /= float32(math.Sqrt(n))
			}
			all = append(all, sample{path: fmt.Sprintf("p%d-%d", p, len(all)), person: p, vec: v})
		}
		names = append(names, fmt.Sprint("p", p))
	}
	return all, names
}

// TestPeople: the counts are of all pairs, the worst pairs are the worst, one per pair of people, and groups add up.
func TestPeople(t *testing.T) {
	all, names := made(12, 3)
	points := []InUse{{Wanted: 1e-2, At: 0.5}}
	p := &People{Figures: &Figures{Protocol: "made"}}
	c := compare(all)
	if err := p.fillAll(c, points); err != nil {
		t.Fatal(err)
	}
	var false_, missed, top, low = 0, 0, -1.0, 2.0
	for i, a := range all {
		for _, b := range all[:i] {
			s := eval.Cosine(a.vec, b.vec)
			switch same := a.person == b.person; {
			case same:
				low = math.Min(low, s)
				if s < 0.5 {
					missed++
				}
			default:
				top = math.Max(top, s)
				if s >= 0.5 {
					false_++
				}
			}
		}
	}
	u := p.InUse[0]
	if p.Genuine != 36 || p.Impostor != 36*35/2-36 || u.FAR.Hits != false_ || u.TAR.N-u.TAR.Hits != missed ||
		u.FAR.N != int(p.Impostor) {
		t.Errorf("%+v, want %d false, %d missed", u, false_, missed)
	}
	p.worst(all, names, c)
	if len(p.False) != worstPairs || p.False[0].Score != top || p.Missed[0].Score != low {
		t.Errorf("worst %v and %v, want %v and %v", p.False[0], p.Missed[0], top, low)
	}
	seen := map[[2]string]bool{}
	for i, w := range p.False {
		k := [2]string{min(w.PersonA, w.PersonB), max(w.PersonA, w.PersonB)}
		if w.PersonA == w.PersonB || seen[k] || i > 0 && w.Score > p.False[i-1].Score {
			t.Errorf("pair %d: %+v", i, w)
		}
		seen[k] = true
	}
	group := map[string]string{}
	for i, n := range names {
		group[n] = []string{"even", "odd"}[i%2]
	}
	if err := p.groups(all, names, group, points); err != nil {
		t.Fatal(err)
	}
	if len(p.Groups) != 2 || p.Groups[0].People != 6 || p.Groups[1].Photos != 18 ||
		p.Groups[0].InUse[0].FAR.N != 18*17/2-18 {
		t.Errorf("%+v", p.Groups)
	}
	if err := p.groups(all, names, map[string]string{"nobody": "x"}, points); err == nil {
		t.Error("a group of somebody who is not there")
	}
}

// TestPairPeople: pairs of one person join photos; who is not joined is somebody else.
func TestPairPeople(t *testing.T) {
	l := &PairList{Pairs: []eval.FilePair{{A: "a", B: "b", Same: true}, {A: "c", B: "d", Same: true},
		{A: "b", B: "c", Same: true}, {A: "e", B: "f"}, {A: "a", B: "e"}, {A: "f", B: "f", Same: true}}}
	who := l.people()
	if len(who) != 6 || who["a"] != who["b"] || who["a"] != who["c"] || who["a"] != who["d"] || who["e"] == who["f"] ||
		who["e"] == who["a"] || who["f"] == who["a"] {
		t.Errorf("%v", who)
	}
}
