package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/plain"
	"faceid/internal/words"
	"faceid/recognize"
	"faceid/recognize/folder"
	"faceid/recognize/lines"
	"faceid/recognize/rejection"
)

type enrollOptions struct {
	name     string // --name, else the first argument; without blanks around it
	named    bool   // --name was given, blank or not
	several  severalFlags
	any      bool
	allFaces bool
	unique   bool
	view     viewFlags
	args     []string
}

func newEnroll(a *app, run func(context.Context, *enrollOptions) error) *cobra.Command {
	var o enrollOptions
	cmd := &cobra.Command{
		Use:   "enroll NAME PHOTO... | enroll FOLDER",
		Short: "Add people to the gallery",
		Long: `Adds people to the gallery. Give one person's name and photos, or a folder that holds one folder per
person, named as the person. A photo enrolled before is recognised and left alone, so an interrupted enrolment goes on
by the same command. Each person is reported once safely stored.`,
		Example: `  faceid enroll "Ada Lovelace" ada1.jpg ada2.jpg
  faceid enroll "#3" more.jpg            # whoever is number 3 in the gallery
  faceid enroll people/                  # people/Ada/1.jpg, people/Grace/1.jpg, …
  faceid enroll --all-faces party.jpg    # everybody in it, to be named later`,
		Args: cobra.MinimumNArgs(1),
	}
	f := cmd.Flags()
	cmd.RunE = parsed(&o, run, func(args []string) error {
		o.named, o.args = f.Changed("name"), args
		if !o.named {
			o.name = args[0] // unless it is a folder
		}
		// An unset shell variable is no name, and surely not everybody's.
		if o.name = strings.TrimSpace(o.name); o.name == "" && !o.allFaces {
			return errBlankName
		}
		return o.view.check()
	})
	f.StringVar(&o.name, "name", "", "the person's `NAME`; all arguments are photos then")
	o.several.add(cmd)
	f.BoolVar(&o.any, "any-quality", false,
		"take faces that are too poor to tell, too; one blurred template collects every blurred stranger")
	f.BoolVar(&o.allFaces, "all-faces", false, "enrol every face as a person of its own, named after photo and place; "+
		"those enrolled from the photo before are left alone")
	f.BoolVar(&o.unique, "unique", false, "refuse a name that somebody has already, instead of adding to that person")
	o.view.add(f)
	cmd.MarkFlagsMutuallyExclusive("largest", "all-faces")
	cmd.MarkFlagsMutuallyExclusive("strict", "all-faces")
	cmd.MarkFlagsMutuallyExclusive("name", "all-faces")
	return cmd
}

func (a *app) enroll(ctx context.Context, o *enrollOptions) error {
	in, err := a.enrolInputs(o)
	if err != nil {
		return err
	}
	var sum recognize.EnrollSum
	if !o.allFaces {
		var bad []error
		in, bad = folder.GoodLabels(in)
		for _, err := range bad {
			sum.Add(recognize.EnrollStep{}, err)
			a.enrolProblem(err)
		}
		if len(in) == 0 && len(bad) > 0 {
			return errReported
		}
	}
	r, err := a.withGallery(ctx, o.view)
	if err != nil {
		return err
	}
	b := a.progress("enrolling", len(in))
	defer b.finish()
	steps := r.EnrollAll(ctx, slices.Values(in), &recognize.EnrollOptions{
		Several: o.several.several(), Unique: o.unique, AllFaces: o.allFaces, AnyQuality: o.any,
	})
	for step, err := range steps {
		sum.Add(step, err)
		b.set(int64(step.Done))
		if err != nil && !a.enrolProblem(err) {
			return err
		}
		if step.Face != nil {
			a.smallFace(step.Path, *step.Face)
		}
		for _, l := range step.Left {
			a.remark("%s face %d: %v: left out; --any-quality takes it", step.Path, l.Number, l.Err)
		}
		if step.Face != nil {
			a.mainOf(o.several, step.Path, step.Of)
		}
		for _, s := range step.Stored {
			if err := a.printStored(s); err != nil {
				return err
			}
			if s.Created && rejection.May(s.Name) {
				a.remark("%s (#%d): so are examples of whom a face is not called; faceid gallery rename '#%[2]d' NAME",
					s.Name, s.PersonID)
			}
		}
		for _, l := range step.Alike {
			a.remark("%v; faceid gallery doctor says more", l)
		}
		a.namesAlike(step.Names)
	}
	b.finish()
	if len(in) > 1 || sum.Duplicates > 0 {
		what, all := "photo", "photos"
		if o.allFaces {
			what, all = "face", "faces"
		}
		a.remark("%s, %s; %s enrolled before, %d could not be used", words.Plural(sum.People, "person", "people"),
			words.Plural(sum.Templates, "new template", "new templates"), words.Plural(sum.Duplicates, what, all),
			sum.Rejected)
	}
	if sum.Rejected > 0 {
		return errReported
	}
	return nil
}

// smallFace remarks a face that may well not be known again.
func (a *app) smallFace(path string, f embed.Face) {
	if f.Quality.Size < 40 {
		a.remark("%s: the face is only %.0f pixels wide; a larger one is recognised better", plain.Quoted(path),
			f.Quality.Size)
	}
}

// enrolProblem reports the photo or the person that err is about; it tells whether it is about one.
func (a *app) enrolProblem(err error) bool {
	var photo *recognize.PhotoError
	var person *recognize.PersonError
	switch {
	case errors.As(err, &photo):
		a.problem(photo.Path, photo)
	case errors.As(err, &person) && !person.Told:
		a.problem(person.Name, person.Err)
	case person != nil:
	default:
		return false
	}
	return true
}

// printStored acknowledges: a line printed is a person that survives a killed process. Photos that were there before
// are told to a script; a person reads them in the sum at the end.
func (a *app) printStored(s recognize.Stored) error {
	note := ""
	if s.Duplicates > 0 {
		note = fmt.Sprintf(", %d enrolled before", s.Duplicates)
	}
	if s.Added > 0 || s.Created {
		a.printf("enrolled #%d %s  (%s%s)\n", s.PersonID, s.Name, words.Plural(s.Added, "new template",
			"new templates"), note)
	}
	return a.printJSON(lines.Enrolled(s))
}

// enrolInputs says whose every photo is.
func (a *app) enrolInputs(o *enrollOptions) ([]embed.Input, error) {
	args := o.args
	if o.allFaces {
		paths, err := a.photoPaths(args)
		return recognize.Labelled("", paths...), err
	}
	if !o.named && len(args) == 1 && isDir(args[0]) {
		return a.people(args[0], "")
	}
	if !o.named {
		if len(args) == 1 && !exists(args[0]) {
			return nil, withHint(fmt.Errorf("%s: %w", args[0], fs.ErrNotExist),
				"faceid enroll NAME PHOTO..., or FOLDER")
		}
		if len(args) == 1 || !isName(args[0], args[1:]) {
			return nil, withHint(fmt.Errorf("who is in %s?", args[0]),
				"faceid enroll --name \"Some Name\" PHOTO...; a folder of people's folders is enrolled by itself")
		}
		args = args[1:]
	}
	paths, err := a.photoPaths(args)
	return recognize.Labelled(o.name, paths...), err
}

// isName tells a person's name before photos from one more photo or folder: a name may be a folder's too, as in
// "enroll Kofi Kofi/1.jpg", but then no other folder's photos come behind it.
func isName(first string, rest []string) bool {
	switch {
	case !exists(first):
		return true
	case !isDir(first):
		return !folder.IsPhoto(first)
	case strings.ContainsRune(filepath.ToSlash(first), '/'):
		return false
	}
	for _, path := range rest {
		if inside := filepath.Clean(path); isDir(path) && inside != first &&
			!strings.HasPrefix(filepath.ToSlash(inside), first+"/") {
			return false
		}
	}
	return true
}

var errBlankName = withHint(errors.New("the person's name is blank"),
	"is a shell variable unset? faceid enroll \"Some Name\" PHOTO...")
