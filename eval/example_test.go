package eval_test

import (
	"fmt"
	"strings"

	"faceid/eval"
)

func ExampleROC() {
	genuine := []float64{0.9, 0.8, 0.7, 0.4}
	impostor := []float64{0.5, 0.3, 0.2, 0.1}
	c, err := eval.ROC(genuine, impostor)
	if err != nil {
		panic(err)
	}
	for i := range c.Threshold {
		fmt.Printf("≥ %.1f: TAR %.2f FAR %.2f\n", c.Threshold[i], c.TAR[i], c.FAR[i])
	}
	eer, threshold := c.EER()
	fmt.Printf("EER %.2f at %.1f, AUC %.4f\n", eer, threshold, c.AUC())
	// Output:
	// ≥ +Inf: TAR 0.00 FAR 0.00
	// ≥ 0.9: TAR 0.25 FAR 0.00
	// ≥ 0.8: TAR 0.50 FAR 0.00
	// ≥ 0.7: TAR 0.75 FAR 0.00
	// ≥ 0.5: TAR 0.75 FAR 0.25
	// ≥ 0.4: TAR 1.00 FAR 0.25
	// ≥ 0.3: TAR 1.00 FAR 0.50
	// ≥ 0.2: TAR 1.00 FAR 0.75
	// ≥ 0.1: TAR 1.00 FAR 1.00
	// EER 0.25 at 0.5, AUC 0.9375
}

func ExampleCurve_TARAtFAR() {
	c, err := eval.ROC([]float64{0.9, 0.8, 0.7, 0.4}, []float64{0.5, 0.3, 0.2, 0.1})
	if err != nil {
		panic(err)
	}
	fmt.Println(c.TARAtFAR(0.1)) // below 1/4, so no impostor may pass
	fmt.Println(c.TARAtFAR(0.25))
	// Output:
	// 0.75 0.7
	// 1 0.4
}

func ExampleKFold() {
	k, err := eval.KFold([]eval.Fold{
		{Genuine: []float64{3}, Impostor: []float64{0}},
		{Genuine: []float64{3}, Impostor: []float64{2}},
	})
	if err != nil {
		panic(err)
	}
	// Without fold 0 the threshold lies between 2 and 3, without fold 1 between 0 and 3, and lets the 2 pass.
	fmt.Printf("%v %v: %.2f ± %.2f\n", k.Thresholds, k.Folds, k.Accuracy, k.StdErr)
	// Output: [2.5 1.5] [1 0.5]: 0.75 ± 0.25
}

func ExampleOpenSet() {
	var trials []eval.Trial
	for _, s := range []struct {
		scores []float64 // of Ann and Bob, the gallery
		mate   int       // who the probe shows: 0, 1, or -1 for a stranger
	}{
		{[]float64{0.9, 0.2}, 0}, {[]float64{0.3, 0.6}, 1}, {[]float64{0.5, 0.4}, 1}, // the third is mistaken for Ann
		{[]float64{0.1, 0.7}, -1}, {[]float64{0.3, 0.2}, -1},
	} {
		t, err := eval.NewTrial(len(trials), s.scores, s.mate)
		if err != nil {
			panic(err)
		}
		trials = append(trials, t)
	}
	cmc, err := eval.CMC(trials, 2)
	if err != nil {
		panic(err)
	}
	c, err := eval.OpenSet(trials)
	if err != nil {
		panic(err)
	}
	none, at := c.FNIRAtFPIR(0)
	half, at2 := c.FNIRAtFPIR(0.5)
	fmt.Printf("rank-1 %.2f, rank-2 %.2f\nFPIR 0: FNIR %.2f at %.1f\nFPIR ½: FNIR %.2f at %.1f\n", cmc[0], cmc[1], none,
		at, half, at2)
	// Output:
	// rank-1 0.67, rank-2 1.00
	// FPIR 0: FNIR 0.67 at 0.9
	// FPIR ½: FNIR 0.33 at 0.6
}

func ExampleEstimate_Minus() {
	genuine, impostor := make([]float64, 100), make([]float64, 100)
	better := make([]float64, 100)
	for i := range genuine {
		genuine[i], impostor[i] = float64(i)/100, float64(i)/200-0.1
		better[i] = genuine[i] + 0.05
	}
	fars := []float64{0.01}
	before, err := eval.BootstrapPairs(genuine, impostor, fars, nil)
	if err != nil {
		panic(err)
	}
	after, err := eval.BootstrapPairs(better, impostor, fars, nil)
	if err != nil {
		panic(err)
	}
	gain, err := after.TAR[0].Minus(before.TAR[0])
	if err != nil {
		panic(err)
	}
	low, _ := gain.Interval(0.95)
	fmt.Printf("TAR@FAR=1e-2 %.2f → %.2f, better: %v\n", before.TAR[0].Value, after.TAR[0].Value, low > 0)
	// Output: TAR@FAR=1e-2 0.60 → 0.65, better: true
}

func ExampleReadLFWPairs() {
	p, err := eval.ReadLFWPairs(strings.NewReader("1\nAaron_Peirsol\t1\t2\nAJ_Cook\t1\tMarsha_Thomason\t1\n"))
	if err != nil {
		panic(err)
	}
	for _, pair := range p.Pairs {
		fmt.Println(pair.A.Path(), pair.B.Path(), pair.Same)
	}
	// Output:
	// Aaron_Peirsol/Aaron_Peirsol_0001.jpg Aaron_Peirsol/Aaron_Peirsol_0002.jpg true
	// AJ_Cook/AJ_Cook_0001.jpg Marsha_Thomason/Marsha_Thomason_0001.jpg false
}
