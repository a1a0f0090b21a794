package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"faceid/recognize/calibrate"
)

func main() {
	draws := flag.Int("draws", 100, "galleries drawn from each set")
	groups := flag.String("groups", "", "folder of .npz sets (default: data/groups of the shared data)")
	images := flag.String("lfw", "", "folder of LFW's photos (default: data/lfw/images of the shared data)")
	var o only
	flag.BoolVar(&o.tidy, "tidy", false, "only plant faults, look for them, and sort photos")
	flag.BoolVar(&o.coverage, "coverage", false, "only count how often intervals hold the true rate")
	flag.BoolVar(&o.speed, "speed", false, "only calibrate and examine galleries of 100,000 templates")
	flag.IntVar(&o.size, "size", 0, "only examine a gallery of so many templates, spread as faces are")
	flag.BoolVar(&o.strangers, "fpir", false, "only count the strangers who are taken for somebody")
	flag.BoolVar(&o.reference, "reference", false, "only print the shape of LFW's scores, as package calibrate has it")
	flag.BoolVar(&o.several, "templates", false, "only score people by several templates in each way")
	flag.BoolVar(&o.cohort, "cohort", false, "only try cohorts of strangers")
	flag.BoolVar(&o.search, "search", false, "only time searches of 100,000 templates with and without a cohort")
	flag.Parse()
	if err := run(context.Background(), *groups, *images, *draws, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/trust:", err)
		os.Exit(2)
	}
}

// only are the parts that can be asked for alone.
type only struct {
	tidy, coverage, speed, reference, several, strangers, cohort, search bool
	size                                                                 int
}

// result is the last line. A worst median is the one farthest from 1, as a factor.
type result struct {
	Median20    float64 `json:"far_ratio_20_median_worst"` // FAR 1e-3
	P9020       float64 `json:"far_ratio_20_p90_worst"`
	Median20Low float64 `json:"far_ratio_20_median_worst_1e4"` // FAR 1e-4
	P9020Low    float64 `json:"far_ratio_20_p90_worst_1e4"`
	Median100   float64 `json:"far_ratio_100_median_worst"` // both
	P90100      float64 `json:"far_ratio_100_p90_worst"`
	TARLost     float64 `json:"tar_lost_lfw"` // points, 100 people, the worse of both rates
	Coverage    float64 `json:"interval_coverage_least"`
	// all sets together, the least and the most of a size and rate
	CoverageAll  [2]float64 `json:"interval_coverage_all"`
	FPIR         float64    `json:"fpir_ratio_worst"`
	Together     float64    `json:"together_gain_least"` // points of TPIR at FPIR 1 %
	RejectWrong  float64    `json:"reject_wrong_names"`  // with over without
	RejectLost   float64    `json:"reject_right_lost"`   // points
	DoctorFound  float64    `json:"doctor_found"`        // least share of a kind of planted faults, LFW
	DoctorFalse  float64    `json:"doctor_false"`        // false alarms per photo, the most of LFW's odd people and all
	ClusterF     float64    `json:"cluster_f"`           // pairwise, all of LFW
	Doctor100    float64    `json:"doctor_100k_s"`
	Calibrate100 float64    `json:"calibrate_100k_s"`
}

func run(ctx context.Context, groups, images string, draws int, only only) error {
	if only.size > 0 {
		ref, err := shipped()
		if err == nil {
			_, err = examined(ctx, ref, only.size, likeFaces)
		}
		return err
	}
	if only.search {
		return withCohort(ctx)
	}
	every, points, err := lfw(ctx, images)
	if err != nil {
		return err
	}
	all := every.firstOf(lfwPhotos)
	if only.reference {
		return printReference(all)
	}
	ref, err := calibrate.NewReference(points)
	if err != nil {
		return err
	}
	r := result{Median20: 1, Median20Low: 1, Median100: 1, FPIR: 1, Coverage: 1}
	if only.speed {
		if r.Calibrate100, err = hundred(ctx, ref); err == nil {
			r.Doctor100, err = examined(ctx, ref, 100_000, math.Inf(1))
		}
		return errors.Join(err, json.NewEncoder(os.Stdout).Encode(r))
	}
	if only.strangers {
		return errors.Join(r.strangers(score(all), ref), json.NewEncoder(os.Stdout).Encode(r))
	}
	if groups == "" {
		base := os.Getenv("FACEID_SHARED")
		if base == "" {
			base = filepath.Join("..", "shared")
		}
		groups = filepath.Join(base, "data", "groups")
	}
	sets, err := readSets(groups)
	if err != nil {
		return err
	}
	if only.cohort {
		return cohorts(every, sets, ref)
	}
	if err := r.templates(every, groups, points); err != nil || only.several {
		return errors.Join(err, json.NewEncoder(os.Stdout).Encode(r))
	}
	drawn := append(halves(all), sets...)
	if only.coverage {
		r.CoverageAll, err = coverages(drawn, ref, draws)
		return errors.Join(err, json.NewEncoder(os.Stdout).Encode(r))
	}
	if err := r.tidied(ctx, every, sets, ref, max(1, draws/25)); err != nil || only.tidy {
		return errors.Join(err, json.NewEncoder(os.Stdout).Encode(r))
	}
	fmt.Printf("true over asked false accept rate among people not enrolled, %d galleries each: 10 %% .. median .. "+
		"90 %%\n", draws)
	for _, s := range drawn {
		if err := r.rates(score(s), ref, draws); err != nil {
			return err
		}
	}
	if r.CoverageAll, err = coverages(drawn, ref, draws); err != nil {
		return err
	}
	c := score(all)
	for _, p := range points {
		if p.FAR == 1e-4 {
			r.RejectWrong, r.RejectLost = c.lookalikes(200, float32(p.Score))
		}
	}
	if r.TARLost, err = c.tarLost(ref, points, draws); err != nil {
		return err
	}
	if err := r.strangers(c, ref); err != nil {
		return err
	}
	if r.Calibrate100, err = hundred(ctx, ref); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// templates prints what several templates of a person bring.
func (r *result) templates(every set, groups string, points []calibrate.Point) error {
	people, err := whole(groups)
	for _, p := range points {
		if err == nil && p.FAR == 1e-4 {
			r.Together = several([]set{every, people}, float32(p.Score))
		}
	}
	return err
}

// strangers prints the share of strangers who are taken for somebody, and keeps the worst ratio.
func (r *result) strangers(c *scored, ref calibrate.Reference) error {
	fmt.Println("\ntrue over asked share of strangers who are taken for somebody")
	for _, n := range []int{100, 1000, 3000} {
		for _, fpir := range []float64{0.01, 0.05} {
			o, err := c.openSet(ref, n, max(3, 3000/n), fpir)
			if err != nil {
				return err
			}
			fmt.Println(o.line("FPIR"))
			r.FPIR = farther(r.FPIR, o.at(0.5))
		}
	}
	return nil
}

// rates prints the ratios of one set and keeps the worst.
func (r *result) rates(c *scored, ref calibrate.Reference, draws int) error {
	for _, n := range []int{5, 10, 20, 50, 100} {
		if 2*n > len(c.people) {
			continue
		}
		rs, err := c.measure(ref, n, draws)
		if err != nil {
			return err
		}
		for _, x := range rs {
			fmt.Println(x.line("FAR"))
			if !x.countable {
				continue
			}
			if len(c.people) > 1000 { // where the people left are many enough to be the truth
				r.Coverage = min(r.Coverage, x.covered)
			}
			switch {
			case n == 20 && x.far == fars[0]:
				r.Median20, r.P9020 = farther(r.Median20, x.at(0.5)), max(r.P9020, x.at(0.9))
			case n == 20:
				r.Median20Low, r.P9020Low = farther(r.Median20Low, x.at(0.5)), max(r.P9020Low, x.at(0.9))
			case n == 100:
				r.Median100, r.P90100 = farther(r.Median100, x.at(0.5)), max(r.P90100, x.at(0.9))
			}
		}
	}
	return nil
}
