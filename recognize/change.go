package recognize

import (
	"context"
	"errors"
	"fmt"

	"faceid/gallery"
	"faceid/gallery/pictures"
	"faceid/models"
	"faceid/recognize/rejection"
)

// Remove deletes people with every trace of them, and of whom they were told from (see Reject), and calibrates anew. It
// returns gallery.ErrTraces, joined or not, where they are removed and the gallery's files may still hold what they
// were.
func (r *Recognizer) Remove(ctx context.Context, people ...gallery.Person) error {
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	for _, id := range ids {
		now, err := e.Person(ctx, id)
		if err != nil {
			return err
		}
		of, err := rejection.Against(ctx, e, now.Name, ids...)
		if err != nil {
			return err
		}
		for _, x := range of {
			ids = append(ids, x.ID)
		}
	}
	return r.Settled(ctx, e.Remove(ctx, ids...))
}

// Settled calibrates anew after a change of the gallery, and deletes the photos that were kept beside it of templates
// that are gone. err is the change's own: traces that it may have left are no reason not to, anything else is; it is
// returned.
func (r *Recognizer) Settled(ctx context.Context, err error) error {
	if err != nil && !errors.Is(err, gallery.ErrTraces) {
		return err
	}
	return errors.Join(err, pictures.Settle(ctx, r.o.Gallery, r.Gallery), r.Recalibrate(ctx))
}

// NeededError is the refusal to forget a model that a gallery cannot be used without.
type NeededError struct{ Gallery, Model string }

func (e *NeededError) Error() string {
	return fmt.Sprintf("%s was enrolled with %s, and cannot be used without it", e.Gallery, e.Model)
}

// Forget takes a model of the user's own off the list. It returns a *NeededError if the gallery needs it, and why that
// is not known where it is not; force forgets it all the same.
func (r *Recognizer) Forget(ctx context.Context, name string, force bool) (e models.Entry, unsure, err error) {
	if e, err = r.store.Entry(name); err != nil {
		return e, nil, err
	}
	if !force {
		var needed bool
		if needed, unsure = r.needs(ctx, e); needed {
			return e, unsure, &NeededError{r.o.Gallery, e.Name}
		}
	}
	return e, unsure, r.store.Forget(ctx, e.Name)
}
