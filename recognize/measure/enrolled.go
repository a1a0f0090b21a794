package measure

import (
	"context"
	"fmt"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/rejection"
)

// Enrolled compares all templates of the Recognizer's gallery with each other, as Folder does photos. Faces that Reject
// keeps are passed over. groups names the group of each person, or is nil.
func Enrolled(ctx context.Context, r *recognize.Recognizer, groups map[string]string) (*People, error) {
	e, p, err := r.InUse(ctx)
	if err != nil {
		return nil, err
	}
	not, err := rejection.Aside(ctx, e)
	if err != nil {
		return nil, err
	}
	var all []sample
	var ids []int64
	for t, err := range e.Templates(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if not[t.PersonID] {
			continue
		}
		if n := len(ids); n == 0 || ids[n-1] != t.PersonID {
			ids = append(ids, t.PersonID)
		}
		path, b := t.Source.Path, t.Source.Box
		if path == "" {
			path = fmt.Sprintf("template %d", t.ID)
		}
		all = append(all, sample{path, len(ids) - 1, t.Embedding, embed.Box{X0: b[0], Y0: b[1], X1: b[2], Y1: b[3]}})
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		who, err := e.Person(ctx, id)
		if err != nil {
			return nil, err
		}
		names[i] = who.Name
	}
	return people(ctx, r, &Figures{Protocol: r.Options().Gallery, Photos: len(all), Model: p.Entry.Name,
		Detector: p.Pack.Detector, Views: p.Model().Views}, all, names, groups)
}
