package measure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	"faceid/embed"
	"faceid/eval"
	"faceid/internal/hint"
	"faceid/recognize"
)

// maxPhotos bounds the photos that are all compared with each other: four million pairs.
const maxPhotos = 2800

// worstPairs is how many pairs are shown of either kind of error.
const worstPairs = 8

// People are the figures of all pairs of the photos of people who are known.
type People struct {
	*Figures
	People int `json:"people"` // with a face found
	// photos that all pairs are of: all with a face, or a part where they are too many
	Compared int     `json:"compared"`
	InUse    []InUse `json:"in_use"` // at the thresholds in use
	Groups   []Group `json:"groups,omitempty"`
	False    []Pair  `json:"false"`  // the most alike photos of different people
	Missed   []Pair  `json:"missed"` // the least alike photos of one person
}

// InUse says what a threshold in use does here.
type InUse struct {
	Wanted float64         `json:"wanted_far"` // the rate that it is meant to give
	Point  recognize.Point `json:"-"`          // as Verify goes by it
	At     float64         `json:"threshold"`
	FAR    Rate            `json:"far"`
	TAR    Rate            `json:"tar"`
}

// Rate is a share with its 95 % interval, people resampled; where nothing was seen the bound is exact.
type Rate struct {
	Hits  int      `json:"hits"`
	N     int      `json:"of"`
	Value *float64 `json:"value"` // nil: there are no pairs
	Low   float64  `json:"low"`
	High  float64  `json:"high"`
}

func rateOf(r eval.Rate) Rate {
	o := Rate{Hits: r.Hits, N: r.N, Low: r.Low, High: r.High}
	if r.N > 0 {
		o.Value = &r.Value
	}
	return o
}

// Group are the figures among the people of one group.
type Group struct {
	Name   string  `json:"group"`
	People int     `json:"people"`
	Photos int     `json:"photos"`
	InUse  []InUse `json:"in_use"`
}

// Pair is two photos and their score.
type Pair struct {
	A       string  `json:"a"` // path
	B       string  `json:"b"`
	PersonA string  `json:"person_a"`
	PersonB string  `json:"person_b"`
	Score   float64 `json:"score"`

	boxA, boxB embed.Box
}

// sample is a photo of somebody.
type sample struct {
	path   string
	person int
	vec    []float32
	box    embed.Box
}

// Folder compares all photos of a folder dir that has one folder per person, as folder.People lists them. groups names
// the group of each person, or is nil. The Recognizer should select one face per photo.
func Folder(ctx context.Context, r *recognize.Recognizer, dir string, in []embed.Input, groups map[string]string,
	each func(p embed.Photo, of int)) (*People, error) {
	paths := make([]string, len(in))
	for i, x := range in {
		paths[i] = x.Path
	}
	boxes := map[string]embed.Box{}
	e, err := embedAll(ctx, r, paths, func(p embed.Photo, of int) {
		if len(p.Faces) > 0 {
			boxes[p.Path] = p.Faces[0].Box
		}
		if each != nil {
			each(p, of)
		}
	})
	if err != nil {
		return nil, err
	}
	e.Protocol = dir
	var names []string
	number := map[string]int{}
	var all []sample
	for _, x := range in {
		v := e.vecs[x.Path]
		if v == nil {
			continue
		}
		if _, ok := number[x.Label]; !ok {
			number[x.Label] = len(names)
			names = append(names, x.Label)
		}
		all = append(all, sample{x.Path, number[x.Label], v, boxes[x.Path]})
	}
	return people(ctx, r, e.Figures, all, names, groups)
}

// people compares samples of people of these names.
func people(ctx context.Context, r *recognize.Recognizer, f *Figures, all []sample, names []string,
	groups map[string]string) (*People, error) {
	p := &People{Figures: f, People: len(names)}
	all = few(all, maxPhotos)
	p.Compared = len(all)
	points, err := inUse(ctx, r)
	if err != nil {
		return nil, err
	}
	c := compare(all)
	if err := p.fillAll(c, points); err != nil {
		return nil, err
	}
	p.worst(all, names, c)
	return p, p.groups(all, names, groups, points)
}

// few keeps at most n photos, in rounds: everybody's first, everybody's second, so that nobody with many drives others
// out.
func few(all []sample, n int) []sample {
	if len(all) <= n {
		return all
	}
	round := make([]int, len(all))
	seen := map[int]int{}
	for i, s := range all {
		round[i] = seen[s.person]
		seen[s.person]++
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return round[a] - round[b] })
	order = order[:n]
	slices.Sort(order)
	out := make([]sample, n)
	for i, k := range order {
		out[i] = all[k]
	}
	return out
}

// compared is a comparison and which photos it is of.
type compared struct {
	eval.Comparison
	i, j int32
}

func compare(all []sample) []compared {
	c := make([]compared, 0, len(all)*(len(all)-1)/2)
	for i, a := range all {
		for j, b := range all[:i] {
			c = append(c, compared{eval.Comparison{A: a.person, B: b.person, Score: eval.Cosine(a.vec, b.vec)},
				int32(i), int32(j)})
		}
	}
	return c
}

func comparisons(c []compared) []eval.Comparison {
	out := make([]eval.Comparison, len(c))
	for i, x := range c {
		out[i] = x.Comparison
	}
	return out
}

// inUse are the operating points whose rates are looked at.
func inUse(ctx context.Context, r *recognize.Recognizer) ([]InUse, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	var out []InUse
	for _, far := range []float64{1e-3, 1e-4} {
		at, err := r.PairPoint(ctx, p, recognize.Target{FAR: far})
		if unreached := (*recognize.UnreachedError)(nil); errors.As(err, &unreached) {
			continue // nothing is known of this model
		}
		if err != nil {
			return nil, err
		}
		out = append(out, InUse{Wanted: far, Point: at, At: at.Threshold})
	}
	return out, nil
}

// rated are the points with what they do to comparisons.
func rated(points []InUse, c []eval.Comparison) ([]InUse, error) {
	out := slices.Clone(points)
	for i := range out {
		far, tar, err := eval.RatesAt(c, out[i].At)
		if err != nil {
			return nil, err
		}
		out[i].FAR, out[i].TAR = rateOf(far), rateOf(tar)
	}
	return out, nil
}

func (p *People) fillAll(c []compared, points []InUse) (err error) {
	var genuine, impostor []float64
	for _, x := range c {
		if x.A == x.B {
			genuine = append(genuine, x.Score)
		} else {
			impostor = append(impostor, x.Score)
		}
	}
	curve, err := eval.ROC(genuine, impostor)
	if errors.Is(err, eval.ErrEmpty) {
		return hint.With(fmt.Errorf("%s: %w", p.Protocol, err),
			"it takes two people, one of them with two photos in which a face is found")
	}
	if err != nil {
		return err
	}
	p.fill(curve, int64(len(genuine)), int64(len(impostor)), 1e-2, 1e-3, 1e-4)
	p.InUse, err = rated(points, comparisons(c))
	return err
}

// worst are the pairs to look at: one per pair of people, since wrong photos of one person would fill the list.
func (p *People) worst(all []sample, names []string, c []compared) {
	order := slices.Clone(c)
	slices.SortStableFunc(order, func(a, b compared) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	pair := func(x compared) Pair {
		a, b := all[x.j], all[x.i]
		return Pair{a.path, b.path, names[a.person], names[b.person], x.Score, a.box, b.box}
	}
	seen := map[[2]int]bool{}
	p.False, p.Missed = []Pair{}, []Pair{}
	for _, x := range order {
		if k := [2]int{x.A, x.B}; x.A != x.B && !seen[k] && len(p.False) < worstPairs {
			seen[k] = true
			p.False = append(p.False, pair(x))
		}
	}
	for _, x := range slices.Backward(order) {
		if k := [2]int{x.A, x.B}; x.A == x.B && !seen[k] && len(p.Missed) < worstPairs {
			seen[k] = true
			p.Missed = append(p.Missed, pair(x))
		}
	}
}

// groups measures each group by itself.
func (p *People) groups(all []sample, names []string, group map[string]string, points []InUse) error {
	if group == nil {
		return nil
	}
	for name := range group {
		if !slices.Contains(names, name) {
			return hint.With(fmt.Errorf("nobody named %q has a photo with a face in %s: %w", name, p.Protocol,
				fs.ErrNotExist), "the file of groups names the people's folders")
		}
	}
	set := map[string]bool{}
	for _, g := range group {
		set[g] = true
	}
	for _, g := range sorted(set) {
		var some []sample
		people := map[int]bool{}
		for _, s := range all {
			if group[names[s.person]] == g {
				some = append(some, s)
				people[s.person] = true
			}
		}
		u, err := rated(points, comparisons(compare(some)))
		if err != nil {
			return err
		}
		p.Groups = append(p.Groups, Group{g, len(people), len(some), u})
	}
	return nil
}

// Spread is the highest false accept rate among the groups over the lowest at point i of InUse; NaN where one group's
// is not known or zero.
func (p *People) Spread(i int) float64 {
	low, high := math.Inf(1), 0.0
	for _, g := range p.Groups {
		v := g.InUse[i].FAR.Value
		if v == nil || *v == 0 {
			return math.NaN()
		}
		low, high = math.Min(low, *v), math.Max(high, *v)
	}
	return high / low
}

// ReadGroups reads a file as eval.ReadGroups has it; "" gives nil.
func ReadGroups(file string) (map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	g, err := eval.ReadGroups(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return g, nil
}
