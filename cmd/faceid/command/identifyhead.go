package command

import (
	"context"
	"io"
	"path/filepath"

	"faceid/finetune"
	"faceid/finetune/openset"
	"faceid/internal/pathlist"
	"faceid/internal/plain"
	"faceid/recognize"
	"faceid/recognize/lines"
)

// identifyByHead ranks the people that a head was trained on.
func (a *app) identifyByHead(ctx context.Context, o *identifyOptions, paths []string) error {
	h, err := finetune.LoadHead(o.head)
	if err != nil {
		next := "faceid finetune writes head.safetensors into its output folder if the tuned model is better, or " +
			"with --force"
		beside := filepath.Join(filepath.Dir(o.head), finetune.HeadFile)
		if beside != filepath.Clean(o.head) && exists(beside) {
			next = "the head is beside it: --head " + plain.Shell(beside)
		}
		return withHint(err, next)
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{})
	if err != nil {
		return err
	}
	var rate openset.Rate
	answers := r.IdentifyByHead(ctx, h, pathlist.Inputs(a.photo, paths),
		&recognize.IdentifyOptions{Target: o.target, K: o.k, Largest: o.largest})
	end := eachAnswer(a, len(paths), answers, func(answer recognize.HeadAnswer) (at int, known bool, err error) {
		rate = answer.FPIR
		return answer.Photo.Index, answer.Person != nil, a.print(lines.ByHeadOf(answer),
			func(w io.Writer) error { return lines.WriteByHead(w, answer, o.k) })
	})
	if rate.FPIR != 0 && (end == nil || isAnswer(end)) { // 0: no photo could be read
		a.remark("%s", lines.HeadStrangers(rate, o.target.FPIR, len(h.Labels)))
	}
	return end
}
