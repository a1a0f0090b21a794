package command

import (
	"context"

	"faceid/finetune"
	"faceid/internal/pathlist"
	"faceid/recognize"
	"faceid/recognize/lines"
)

// identifyByHead ranks the people that a head was trained on.
func (a *app) identifyByHead(ctx context.Context, o *identifyOptions, paths []string) error {
	h, err := finetune.LoadHead(o.head)
	if err != nil {
		return withHint(err, "faceid finetune writes a head.safetensors into its output folder")
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{})
	if err != nil {
		return err
	}
	if h.KnownDistance == 0 {
		a.remark("nobody was kept out when this head was trained, so it cannot tell strangers: everybody gets a name")
	}
	answers := r.IdentifyByHead(ctx, h, pathlist.Inputs(a.photo, paths),
		&recognize.IdentifyOptions{K: o.k, Largest: o.largest})
	return eachAnswer(a, len(paths), answers, func(answer recognize.HeadAnswer) (at int, known bool, err error) {
		return answer.Photo.Index, answer.Person != nil, a.printHead(answer, o.k)
	})
}

func (a *app) printHead(r recognize.HeadAnswer, k int) error {
	line := lines.ByHeadOf(r)
	if r.Face == nil {
		a.printf("%s: no face\n", r.Photo.Path)
		return a.printJSON(line)
	}
	best := r.Nearest[0]
	who := best.Label
	if r.Person == nil {
		who = "unknown, nearest " + best.Label
	}
	a.printf("%s face %d: %s  (cosine %.3f, probability %.2f among those trained, distance to the centre %.3f)\n",
		r.Photo.Path, r.Number, who, best.Cosine, best.Probability, best.Distance)
	for i, c := range r.Nearest {
		if k > 1 {
			a.printf("  %d. %-30s %.3f\n", i+1, c.Label, c.Cosine)
		}
	}
	return a.printJSON(line)
}
