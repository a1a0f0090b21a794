package finetune_test

import (
	"context"
	"fmt"
	"testing"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/finetune/internal/synthetic"
)

// BenchmarkStep is a training step as Defaults have it (512 rows, d = t = 512), data and evaluation left out: the time
// of a whole training without validation people over its steps.
func BenchmarkStep(b *testing.B) {
	for _, classes := range []int{1000, 3000} {
		for _, loss := range []finetune.Loss{finetune.ArcFace, finetune.Focal} {
			b.Run(fmt.Sprintf("loss=%s/classes=%d/batch=512/d=512", loss, classes), func(b *testing.B) {
				d, l := synthetic.World{People: classes, T: 512, D: 512, Photos: synthetic.Each(2), Seed: 70}.Make(b)
				c := finetune.Defaults(loss)
				c.ValPeople, c.ProbeShare, c.Epochs = 0, 0, 2
				steps := 0
				c.Progress = func(finetune.Progress) { steps++ }
				b.ReportAllocs()
				for b.Loop() {
					if _, err := finetune.Train(context.Background(), d, l, c); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(steps), "ms/step")
			})
		}
	}
}

// BenchmarkMeasure is the gate on 200 people with 4 photos each, two kinds of views.
func BenchmarkMeasure(b *testing.B) {
	d, l := synthetic.World{People: 200, T: 512, D: 512, Photos: synthetic.Each(4),
		Kinds: []string{"noisy"}, Seed: 71}.Make(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gate.Measure(d, l, l, nil); err != nil {
			b.Fatal(err)
		}
	}
}
