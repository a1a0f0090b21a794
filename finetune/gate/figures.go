package gate

import "faceid/finetune/dense"

// Figures are what a layer reaches on people it was not trained on: probes of one kind against the clean templates
// of all photos, every pair of different photos. Rates are in [0, 1].
type Figures struct {
	Kind     string  `json:"kind"`
	Genuine  int64   `json:"genuine"`  // pairs of one person; two clean photos are one pair
	Impostor int64   `json:"impostor"` // pairs of two people
	TAR1e2   float64 `json:"tar_1e2"`  // true accept rate where the false accept rate is at most 1e-2
	TAR1e3   float64 `json:"tar_1e3"`
	MeanTAR  float64 `json:"mean_tar"` // mean over FAR 3e-3 to 1e-1, see [DecidingFigure]
	EER      float64 `json:"eer"`
	// share of probes whose best other photo is the same person's; NaN-free: 0 without mated probes
	Rank1 float64 `json:"rank1"`
}

// Compare measures a layer on a dataset's people, one Figures per test kind. Every pair counts the same, as in
// the protocols of public data sets; [Measure] weighs people alike instead. With mirrored, templates and
// probes are the mean of a view and its mirror image.
func Compare(d *dense.Dataset, l dense.Layer, mirrored bool) ([]Figures, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if err := l.Check(d.T); err != nil {
		return nil, err
	}
	var f []Figures
	for _, p := range Panels(d, mirrored, nil) {
		f = append(f, p.with(l).scores(false).figures())
	}
	return f, nil
}

func (h *histogram) figures() Figures {
	f := Figures{Kind: h.kind, Genuine: h.pairs[1], Impostor: h.pairs[0]}
	if m := sum64(h.mated); m > 0 {
		f.Rank1 = sum64(h.hits) / m
	}
	var over [16]float64
	h.walk(func(_ int, far, tar float64) {
		for k, at := range meanFARs {
			if far <= at+slack {
				over[k] = tar
			}
		}
		if far <= 1e-2+slack {
			f.TAR1e2 = tar
		}
		if far <= 1e-3+slack {
			f.TAR1e3 = tar
		}
	})
	f.MeanTAR = sum64(over[:]) / float64(len(meanFARs))
	_, _, f.EER = h.thresholds(nil)
	return f
}
