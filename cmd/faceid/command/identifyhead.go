package command

import (
	"context"
	"io"

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
		return answer.Photo.Index, answer.Person != nil, a.print(lines.ByHeadOf(answer),
			func(w io.Writer) error { return lines.WriteByHead(w, answer, o.k) })
	})
}
