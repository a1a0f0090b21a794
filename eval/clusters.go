package eval

// Clustering are the figures of photos that were sorted into groups, in [0, 1].
type Clustering struct {
	// Of all pairs of photos: Precision is the share of the pairs in one group that are of one person, Recall the
	// share of the pairs of one person that are in one group. 1 where there are no such pairs.
	Precision, Recall, F float64

	// The same of a photo's group and a photo's person, each photo counting once, however many its person has: B³ of
	// Bagga and Baldwin, "Entity-Based Cross-Document Coreferencing Using the Vector Space Model", 1998.
	BPrecision, BRecall, BF float64
}

// Clusters compares the groups that n photos were sorted into with the people that they are of. It returns ErrEmpty
// where there are none, and panics where the lengths differ.
func Clusters(group, person []int) (Clustering, error) {
	n := len(group)
	if n == 0 {
		return Clustering{}, ErrEmpty
	}
	if len(person) != n {
		panic("eval: groups and people of different numbers of photos")
	}
	groups, people, both := map[int]float64{}, map[int]float64{}, map[[2]int]float64{}
	for i := range n {
		groups[group[i]]++
		people[person[i]]++
		both[[2]int{group[i], person[i]}]++
	}
	var c Clustering
	pairs := func(of float64) float64 { return of * (of - 1) / 2 }
	var right, grouped, genuine float64
	for k, of := range both {
		right += pairs(of)
		c.BPrecision += of * of / groups[k[0]] / float64(n)
		c.BRecall += of * of / people[k[1]] / float64(n)
	}
	for _, of := range groups {
		grouped += pairs(of)
	}
	for _, of := range people {
		genuine += pairs(of)
	}
	c.Precision, c.Recall = share(right, grouped), share(right, genuine)
	c.F, c.BF = harmonic(c.Precision, c.Recall), harmonic(c.BPrecision, c.BRecall)
	return c, nil
}

func share(of, all float64) float64 {
	if all == 0 {
		return 1
	}
	return of / all
}

func harmonic(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * a * b / (a + b)
}
