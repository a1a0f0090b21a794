package recognize

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed"
	"faceid/gallery"
)

// many are n photos that differ in their bytes and not in what they show: something stands behind the picture's end.
func many(t *testing.T, n int, path, label string) []embed.Input {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := make([]embed.Input, n)
	for i := range in {
		in[i] = embed.Input{Path: fmt.Sprintf("%d-%s", i, path), Label: label,
			Data: append(slices.Clone(b), fmt.Sprint(i)...)}
	}
	return in
}

func enrollAll(t *testing.T, r *Recognizer, in []embed.Input, o *EnrollOptions) (EnrollSum, []error) {
	t.Helper()
	var sum EnrollSum
	var bad []error
	for step, err := range r.EnrollAll(t.Context(), slices.Values(in), o) {
		sum.Add(step, err)
		if err != nil {
			bad = append(bad, err)
		}
	}
	return sum, bad
}

// A person with more photos than one transaction holds is one person, unique or not, and nobody's name is taken by
// himself.
func TestEnrollMoreThanOneTransaction(t *testing.T) {
	needPhotos(t)
	for _, unique := range []bool{true, false} {
		r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db"), Plain: true})
		sum, bad := enrollAll(t, r, many(t, enrolEvery+1, "ada1.jpg", "Ada"), &EnrollOptions{Unique: unique})
		if len(bad) > 0 || sum.People != 1 || sum.Templates != enrolEvery+1 {
			t.Errorf("unique %v: %+v, %v", unique, sum, bad)
		}
		sum, bad = enrollAll(t, r, many(t, 2, "ada2.jpg", "Ada"), &EnrollOptions{Unique: true})
		if sum.Templates != 0 || sum.Rejected != 2 || len(bad) != 1 || !errors.Is(bad[0], gallery.ErrNameTaken) {
			t.Errorf("a name that is taken: %+v, %v", sum, bad)
		}
	}
}

// Photos enrolled before are passed over, however the person is named; by number they were not.
func TestEnrollAgain(t *testing.T) {
	needPhotos(t)
	r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db"), Plain: true})
	sum, err := r.Enroll(t.Context(), "Ada", "ada1.jpg", "ada2.jpg")
	if err != nil || sum.Templates != 2 {
		t.Fatalf("%+v, %v", sum, err)
	}
	for _, who := range []string{"Ada", "#1", " Ada "} {
		var looked []string
		for step, err := range r.EnrollAll(t.Context(),
			slices.Values(Labelled(who, "ada1.jpg", "ada2.jpg", "grace1.jpg")[:2]), nil) {
			if err != nil {
				t.Fatal(err)
			}
			if step.Face != nil {
				looked = append(looked, step.Path)
			}
			for _, s := range step.Stored {
				if s != (Stored{PersonID: 1, Name: "Ada", Duplicates: 2}) {
					t.Errorf("%q: %+v", who, s)
				}
			}
		}
		if len(looked) > 0 {
			t.Errorf("%q: %v were analysed again", who, looked)
		}
	}
	if sum, err := r.Enroll(t.Context(), "#1", "grace1.jpg"); err != nil || sum.Templates != 1 {
		t.Errorf("more of #1: %+v, %v", sum, err)
	}
	if _, err := r.Enroll(t.Context(), "#7", "grace1.jpg"); !errors.Is(err, gallery.ErrNoPerson) {
		t.Errorf("nobody is #7: %v", err)
	}
}

// What cannot be used is said, and does not stop the rest; several people between them.
func TestEnrollRejects(t *testing.T) {
	needPhotos(t)
	r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db"), Plain: true})
	in := slices.Concat(Labelled("Ada", "ada1.jpg", "missing.jpg"), Labelled("Grace", "grace1.jpg"),
		Labelled("a\nb", "eve1.jpg", "eve2.jpg"))
	sum, bad := enrollAll(t, r, in, nil)
	if sum.People != 2 || sum.Templates != 2 || sum.Rejected != 3 {
		t.Errorf("%+v, %v", sum, bad)
	}
	var photo *PhotoError
	if !errors.As(bad[0], &photo) || photo.Path != "missing.jpg" || !errors.Is(photo, os.ErrNotExist) {
		t.Errorf("the photo that is not there: %v", bad[0])
	}
}

// Every face of a photo becomes somebody once; the second time all are known, by whatever detector's box.
func TestEnrollAllFaces(t *testing.T) {
	needPhotos(t)
	path := filepath.Join(t.TempDir(), "g.db")
	r := open(t, Options{Gallery: path, Plain: true})
	samples, err := r.Models().Samples(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, bad := enrollAll(t, r, Labelled("", samples[0]), &EnrollOptions{AllFaces: true})
	if len(bad) > 0 || first.People < 3 || first.People != first.Templates {
		t.Fatalf("%+v, %v", first, bad)
	}
	again, bad := enrollAll(t, r, Labelled("", samples[0]), &EnrollOptions{AllFaces: true})
	if len(bad) > 0 || again.Templates != 0 || again.Duplicates != first.People {
		t.Errorf("the second time %+v, %v", again, bad)
	}
}

// Cancelled, an enrolment ends with the context's error and keeps what it acknowledged.
func TestEnrollCancelled(t *testing.T) {
	needPhotos(t)
	r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db"), Plain: true, Workers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	stored := 0
	var last error
	in := slices.Concat(many(t, 5, "ada1.jpg", "Ada"), many(t, 50, "grace1.jpg", "Grace"))
	for step, err := range r.EnrollAll(ctx, slices.Values(in), nil) {
		for _, s := range step.Stored {
			stored += s.Added
			cancel()
		}
		last = err
	}
	cancel()
	if !errors.Is(last, context.Canceled) || stored != 5 {
		t.Errorf("%d stored, %v", stored, last)
	}
	e, err := r.Gallery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	info, err := e.Info(t.Context())
	if err != nil || info.Templates != 5 {
		t.Errorf("%+v, %v", info, err)
	}
}
