package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"faceid/eval"
	"faceid/recognize/calibrate"
	"faceid/recognize/tidy"
)

// plantedShare is the share of photos, of people and of copies that are planted.
const plantedShare = 0.05

// flat are all photos of a set.
func (s set) flat() (e [][]float32, who []int) {
	for p, list := range s.people {
		for _, v := range list {
			e, who = append(e, v), append(who, p)
		}
	}
	return e, who
}

// found counts what was planted and found, by kind, and false alarms.
type found struct {
	planted, found map[string]int
	false, photos  int
}

func newFound() *found { return &found{planted: map[string]int{}, found: map[string]int{}} }

// least is the lowest share found among kinds that were planted.
func (f *found) least() float64 {
	low := 1.0
	for k, n := range f.planted {
		if n > 0 {
			low = min(low, float64(f.found[k])/float64(n))
		}
	}
	return low
}

func (f *found) alarms() float64 { return float64(f.false) / float64(f.photos) }

func (f *found) print(set string) {
	fmt.Printf("%-24s", set)
	for _, k := range []string{"wrong name", "two names", "copy"} {
		if n := f.planted[k]; n > 0 {
			fmt.Printf(" %s %d of %d (%.1f %%),", k, f.found[k], n, 100*float64(f.found[k])/float64(n))
		}
	}
	fmt.Printf(" false alarms %.2f per 100 photos\n", 100*f.alarms())
}

// doctor plants faults in draws galleries and looks for them. A false alarm is every photo, or pair of people, that is
// named without a planted fault: the wrong labels and twins of the set itself are false alarms here.
func doctor(ctx context.Context, e [][]float32, who []int, ref calibrate.Reference, draws int) (*found, error) {
	f := newFound()
	for d := range draws {
		p := plant(e[:len(e):len(e)], who[:len(who):len(who)], plantedShare, rand.New(rand.NewPCG(uint64(d), 7)))
		if err := f.examine(ctx, p, ref); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *found) examine(ctx context.Context, p *planted, ref calibrate.Reference) error {
	var g tidy.Gallery
	people := make([][][]float32, len(p.owner))
	for i, v := range p.e {
		if err := g.Add(p.label[i], v, "", 1); err != nil {
			return err
		}
		people[p.label[i]] = append(people[p.label[i]], v)
	}
	fit, err := fitted(people, ref)
	if err != nil {
		return err
	}
	faults, err := tidy.Examine(ctx, &g, fit, nil)
	if err != nil {
		return err
	}
	named, joined := make([]bool, len(p.e)), map[[2]int]bool{}
	for _, x := range faults {
		if x.Kind == tidy.Alike { // nobody says that these are wrong
			continue
		}
		right := p.right(x)
		for _, t := range x.Templates {
			named[t] = named[t] || x.Kind != tidy.Twice
		}
		if x.Other >= 0 && right {
			joined[[2]int{min(x.Person, x.Other), max(x.Person, x.Other)}] = true
		}
		if x.Kind == tidy.Copy {
			named[x.With] = true
		}
		if !right {
			f.false += len(x.Templates)
		}
	}
	f.photos += len(p.e)
	for i := range p.e {
		if kind := map[bool]string{false: "wrong name", true: "copy"}[p.src[i] != i]; p.wrong[i] {
			f.planted[kind]++
			if named[i] {
				f.found[kind]++
			}
		}
	}
	for s := range p.splits {
		f.planted["two names"]++
		if joined[s] {
			f.found["two names"]++
		}
	}
	return nil
}

// right says whether a fault is a planted one.
func (p *planted) right(x tidy.Fault) bool {
	switch x.Kind {
	case tidy.Copy:
		return p.src[x.Templates[0]] == p.src[x.With]
	case tidy.Twice:
		return p.owner[x.Person] == p.owner[x.Other] || p.who[x.Templates[0]] == p.who[x.With]
	}
	for _, t := range x.Templates {
		if p.who[t] != p.owner[x.Person] || x.Kind == tidy.Misfiled && p.owner[x.Other] == p.who[t] {
			return true
		}
	}
	return false
}

func fitted(people [][][]float32, ref calibrate.Reference) (*calibrate.Fit, error) {
	s, _, err := calibrate.Pairs(people, nil)
	if err != nil {
		return nil, err
	}
	s.LeaveOut()
	return calibrate.New(ref, s)
}

// tidied measures the doctor and the sorting on LFW and the sets. LFW's people with even numbers chose the settings;
// the figures are of the others and of all.
func (r *result) tidied(ctx context.Context, all set, sets []set, ref calibrate.Reference, draws int) (err error) {
	e, who := all.flat()
	fmt.Printf("\nfaults planted (%g %% of each kind) and found, %d galleries each\n", 100*plantedShare, draws)
	r.DoctorFound, r.DoctorFalse = 1, 0
	others, othersWho := [][]float32{}, []int{}
	for i, w := range who {
		if w%2 == 1 {
			others, othersWho = append(others, e[i]), append(othersWho, w)
		}
	}
	for _, s := range []struct {
		name string
		e    [][]float32
		who  []int
	}{{"lfw, odd people", others, othersWho}, {"lfw, all", e, who}} {
		f, err := doctor(ctx, s.e, s.who, ref, draws)
		if err != nil {
			return err
		}
		f.print(s.name)
		r.DoctorFound, r.DoctorFalse = min(r.DoctorFound, f.least()), max(r.DoctorFalse, f.alarms())
	}
	for _, s := range sets { // wrong labels are left in some of them
		v, w := s.flat()
		f, err := doctor(ctx, v, w, ref, draws)
		if err != nil {
			return err
		}
		f.print(s.name)
	}
	fmt.Println("\nphotos without names sorted into people")
	for _, s := range []struct {
		name string
		e    [][]float32
		who  []int
	}{{"lfw, odd people", others, othersWho}, {"lfw, all", e, who}} {
		if r.ClusterF, err = sorted(ctx, s.name, s.e, s.who, ref); err != nil {
			return err
		}
	}
	r.Doctor100, err = examined(ctx, ref, 100_000, math.Inf(1))
	return err
}

// likeFaces is the fall of the numbers of a template on its axes: nine tenths of the squared length are in the first
// 96, as in those of the default model (see tidy's sketch).
const likeFaces = 83

// examined returns the seconds that an examination of so many templates takes, four per person, once they are in
// memory; it says on standard error how far it is. Number i of a template has a deviation of exp(−i/fall): where fall
// is large they are noise, which no short sketch holds.
func examined(ctx context.Context, ref calibrate.Reference, size int, fall float64) (float64, error) {
	rng := rand.New(rand.NewPCG(2, uint64(size)))
	var g tidy.Gallery
	draw := func(around []float32, spread, fall float64) []float32 {
		v := make([]float32, 512)
		for i := range v {
			v[i] = float32(rng.NormFloat64() * spread * math.Exp(-float64(i)/fall))
			if around != nil {
				v[i] += around[i]
			}
		}
		return unit(v)
	}
	for p := range size / 4 {
		who := draw(nil, 1, fall)
		for range 4 {
			if err := g.Add(p, draw(who, 0.03, math.Inf(1)), "", 1); err != nil {
				return 0, err
			}
		}
	}
	began, cpu, told := time.Now(), cpuSeconds(), 0
	faults, err := tidy.Examine(ctx, &g, ref, &tidy.Options{Progress: func(done float64) {
		if at := int(100 * done); at > told && (at%5 == 0 || at < 5) {
			told = at
			fmt.Fprintf(os.Stderr, "  %3.0f %% of the comparisons after %.0f s, of processors %.0f s\n", 100*done,
				time.Since(began).Seconds(), cpuSeconds()-cpu)
		}
	}})
	secs := time.Since(began).Seconds()
	fmt.Printf("\na gallery of %d templates examined in %.1f s, of processors %.1f s; %d faults; memory at most "+
		"%.1f GB\n", size, secs, cpuSeconds()-cpu, len(faults), peak())
	return secs, err
}

// peak is the most memory that this process has had, in GB.
func peak() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Maxrss) / 1e6
}

// sorted prints the figures of Cluster and returns the pairwise F; photos set apart count as alone.
func sorted(ctx context.Context, name string, e [][]float32, who []int, ref calibrate.Reference) (float64, error) {
	began := time.Now()
	c, err := tidy.Cluster(ctx, e, ref, nil)
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	group := make([]int, len(e))
	for k, g := range c.Groups {
		for _, i := range g {
			group[i] = k
		}
	}
	for k, d := range c.Uncertain {
		group[d.Photo] = len(c.Groups) + k
	}
	f, err := eval.Clusters(group, who)
	fmt.Printf("%-24s %d photos, %d set apart: pairwise precision %.4f, recall %.4f, F %.4f; B-cubed precision %.4f, "+
		"recall %.4f, F %.4f; %.1f s\n", name, len(e), len(c.Uncertain), f.Precision, f.Recall, f.F, f.BPrecision,
		f.BRecall, f.BF, took.Seconds())
	return f.F, err
}
