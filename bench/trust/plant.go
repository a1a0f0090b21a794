package main

import "math/rand/v2"

// planted are photos of people with faults planted among them: a share of the photos under the wrong name of somebody
// who has own photos left, a share of the people who have several photos split under two names, and copies of photos
// under the name of somebody else.
type planted struct {
	e     [][]float32
	who   []int  // of each photo: whom it shows
	label []int  // of each photo: the name that it is under
	owner []int  // of each name: who that is
	src   []int  // of each photo: what it is a copy of, or itself
	wrong []bool // of each photo: planted under a wrong name, copies too

	splits map[[2]int]bool // pairs of names of one person
}

func plant(e [][]float32, who []int, share float64, rng *rand.Rand) *planted {
	p := &planted{e: e, who: who, label: make([]int, len(e)), wrong: make([]bool, len(e)), splits: map[[2]int]bool{}}
	name := map[int]int{}
	var photos [][]int // of each name
	for i, w := range who {
		if _, ok := name[w]; !ok {
			name[w] = len(p.owner)
			p.owner, photos = append(p.owner, w), append(photos, nil)
		}
		p.label[i] = name[w]
		p.src = append(p.src, i)
		photos[p.label[i]] = append(photos[p.label[i]], i)
	}
	split := p.split(photos, share, rng)
	left := make([]int, len(p.owner)) // own photos of each name
	for _, l := range p.label {
		left[l]++
	}
	guest := make([]bool, len(p.owner)) // of each name: another's photo is under it
	for n := int(share * float64(len(e))); n > 0; {
		i, to := rng.IntN(len(e)), rng.IntN(len(p.owner))
		from := p.label[i]
		if p.owner[to] == who[i] || split[i] || p.wrong[i] || left[to] == 0 || guest[from] && left[from] == 1 {
			continue
		}
		p.label[i], p.wrong[i], guest[to] = to, true, true
		left[from]--
		n--
	}
	for n := int(share * float64(len(e))); n > 0; {
		i, to := rng.IntN(len(e)), rng.IntN(len(p.owner))
		if p.owner[to] == who[i] || p.wrong[i] || left[to] == 0 {
			continue
		}
		p.e, p.who, p.label = append(p.e, e[i]), append(p.who, who[i]), append(p.label, to)
		p.src, p.wrong = append(p.src, i), append(p.wrong, true)
		n--
	}
	return p
}

// split puts some photos of a share of the people with several under a new name.
func (p *planted) split(photos [][]int, share float64, rng *rand.Rand) map[int]bool {
	var several [][]int
	for _, list := range photos {
		if len(list) > 1 {
			several = append(several, list)
		}
	}
	split := map[int]bool{} // photos of these people
	rng.Shuffle(len(several), func(i, j int) { several[i], several[j] = several[j], several[i] })
	for _, list := range several[:int(share*float64(len(several)))] {
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		old, other := p.label[list[0]], len(p.owner)
		for _, i := range list[:1+rng.IntN(len(list)-1)] {
			p.label[i] = other
		}
		for _, i := range list {
			split[i] = true
		}
		p.owner = append(p.owner, p.owner[old])
		p.splits[[2]int{old, other}] = true
	}
	return split
}
