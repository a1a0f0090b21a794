package main

import (
	"context"
	"fmt"

	"faceid/embed"
	"faceid/finetune"
	"faceid/models"
)

// headLine is the answer of a trained head for one face.
type headLine struct {
	Path    string               `json:"path"`
	Face    int                  `json:"face"` // from 1, the largest first; 0: no face in the photo
	Box     [4]float32           `json:"box"`
	Person  *finetune.Candidate  `json:"person"` // null: nobody we know
	Nearest []finetune.Candidate `json:"nearest"`
}

// identifyByHead ranks the people a head was trained on by its cosines; the Center Loss distance says whether it is anyone we know.
func identifyByHead(ctx context.Context, a *app, o identifyOptions, paths []string) error {
	h, err := finetune.LoadHead(o.head)
	if err != nil {
		return withHint(err, "faceid finetune writes a head.safetensors into its output folder")
	}
	if o.view.model == "" {
		if o.view.model, err = a.modelOfHead(h); err != nil {
			return err
		}
	}
	p, err := a.openPipeline(ctx, o.view.pipeline())
	if err != nil {
		return err
	}
	if p.entry.SHA256 != h.Model {
		return fmt.Errorf("%s was trained with another model (%.12s…) than %s", o.head, h.Model, p.entry.Name)
	}
	if h.KnownDistance == 0 {
		a.remark("nobody was kept out when this head was trained, so it cannot tell strangers: everybody gets a name")
	}
	known, failed := 0, 0
	for bar, photo := range a.faces(ctx, p, "identifying", paths) {
		bar.clear()
		if photo.Err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			a.problem(photo.Path, photoError(photo.Err))
			failed++
			continue
		}
		if len(photo.Faces) == 0 {
			if err := a.printNoHeadFace(photo.Path); err != nil {
				return err
			}
		}
		for i, f := range photo.Faces {
			if i > 0 && o.largest {
				break
			}
			n, err := a.printHead(h, photo, i, f, o.k)
			if err != nil {
				return err
			}
			known += n
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed > 0:
		return errReported
	case known == 0:
		return errNoMatch
	}
	return nil
}

func (a *app) printNoHeadFace(path string) error {
	if a.json {
		return a.printJSON(headLine{Path: path, Nearest: []finetune.Candidate{}})
	}
	a.printf("%s: no face\n", path)
	return nil
}

// modelOfHead names the model that a head belongs to.
func (a *app) modelOfHead(h *finetune.Head) (string, error) {
	s, err := a.openModels()
	if err != nil {
		return "", err
	}
	for _, e := range s.Entries() {
		if e.Role == models.RoleEmbedder && e.SHA256 == h.Model {
			return e.Name, nil
		}
	}
	return "", withHint(fmt.Errorf("the model that the head was trained with (%.12s…) is not here", h.Model), "faceid models add tuned.onnx")
}

// printHead prints the answer for face i and returns 1 if it is somebody the head knows.
func (a *app) printHead(h *finetune.Head, photo embed.Photo, i int, f embed.Face, k int) (int, error) {
	found, err := h.Identify(f.Embedding, max(k, 1))
	if err != nil {
		return 0, err
	}
	line := headLine{Path: photo.Path, Face: i + 1, Box: [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1}, Nearest: found}
	best := found[0]
	n := 0
	if best.Known {
		line.Person = &best
		n = 1
	}
	if a.json {
		return n, a.printJSON(line)
	}
	who := best.Label
	if n == 0 {
		who = "unknown, nearest " + best.Label
	}
	a.printf("%s face %d: %s  (cosine %.3f, probability %.2f among those trained, distance to the centre %.3f)\n", photo.Path, i+1, who, best.Cosine, best.Probability, best.Distance)
	for r, c := range found {
		if k > 1 {
			a.printf("  %d. %-30s %.3f\n", r+1, c.Label, c.Cosine)
		}
	}
	return n, nil
}
