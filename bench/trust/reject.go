package main

import (
	"cmp"
	"fmt"
	"slices"
)

// lookalikes measures what recognize's Reject does for people who are taken for one another. Of the n closest pairs of
// photos of different people, one pair per two people, all those called "enrolled" make a gallery with half of their
// photos, the close one among them; "strangers" are not enrolled, and their close photo is rejected. All other photos
// of both are probes. It returns wrong names with over without the rejections, and the points of right names lost.
func (c *scored) lookalikes(n int, threshold float32) (wrong, lost float64) {
	type pair struct {
		a, b  int // photos: of the enrolled, of the stranger
		score float32
	}
	var close []pair
	best := map[[2]int32]bool{}
	for i, row := range c.s {
		for j, s := range row {
			if s >= threshold && c.person[i] != c.person[j] && c.photos(i) > 1 && c.photos(j) > 1 && !c.alias(i, j) {
				close = append(close, pair{j, i, s})
			}
		}
	}
	slices.SortFunc(close, func(x, y pair) int { return cmp.Compare(y.score, x.score) })
	role := map[int32]string{} // nobody is both
	var pairs []pair
	for _, p := range close {
		a, b := c.person[p.a], c.person[p.b]
		if len(pairs) == n || best[[2]int32{a, b}] || role[a] == "stranger" || role[b] == "enrolled" {
			continue
		}
		best[[2]int32{a, b}], role[a], role[b] = true, "enrolled", "stranger"
		pairs = append(pairs, p)
	}
	templates := map[int32][]int{} // of each enrolled
	rejected := map[int32][]int{}  // of each enrolled: faces who are not
	var probes []int
	used := map[int]bool{}
	for _, p := range pairs {
		a := c.person[p.a]
		if rejected[a] = append(rejected[a], p.b); !used[p.a] {
			templates[a] = append(templates[a], p.a)
		}
		used[p.a], used[p.b] = true, true
	}
	for who := range role {
		for i := c.first[who]; i < c.first[who+1]; i++ {
			switch {
			case used[i]:
			case role[who] == "enrolled" && 2*len(templates[who]) < c.photos(i):
				templates[who] = append(templates[who], i)
			default:
				probes = append(probes, i)
			}
		}
	}
	var wrongBefore, wrongAfter, rightBefore, rightAfter, own int
	for _, i := range probes {
		name := func(reject bool) int32 {
			who, top := int32(-1), threshold
			for a, t := range templates {
				s := c.nearest(i, t)
				if s >= top && !(reject && c.nearest(i, rejected[a]) > s) {
					who, top = a, s
				}
			}
			return who
		}
		before, after := name(false), name(true)
		if role[c.person[i]] == "enrolled" {
			own++
		}
		count := func(who int32, right, wrong *int) {
			switch who {
			case -1:
			case c.person[i]:
				*right++
			default:
				*wrong++
			}
		}
		count(before, &rightBefore, &wrongBefore)
		count(after, &rightAfter, &wrongAfter)
	}
	fmt.Printf("\nthe %d closest pairs of different people, one photo of each stranger rejected: wrong names %d -> "+
		"%d, right names %d -> %d of %d\n",
		len(pairs), wrongBefore, wrongAfter, rightBefore, rightAfter, own)
	return float64(wrongAfter) / float64(wrongBefore), 100 * float64(rightBefore-rightAfter) / float64(own)
}

// aliases are people whom LFW has under two names: to reject one's own photo must lose.
var aliases = [][2]string{{"Joseph_Blatter", "Sepp_Blatter"}}

func (c *scored) alias(i, j int) bool {
	a, b := c.names[c.person[i]], c.names[c.person[j]]
	return slices.Contains(aliases, [2]string{a, b}) || slices.Contains(aliases, [2]string{b, a})
}

// photos is how many photos the person of photo i has.
func (c *scored) photos(i int) int { p := c.person[i]; return c.first[p+1] - c.first[p] }

// nearest is the best score of photo i among others.
func (c *scored) nearest(i int, others []int) float32 {
	best := float32(-2)
	for _, j := range others {
		best = max(best, c.s[max(i, j)][min(i, j)])
	}
	return best
}
