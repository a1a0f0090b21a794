// Package advice says what to do next after an error, in the words of the command line.
package advice

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/internal/hint"
	"faceid/internal/plain"
	"faceid/recognize"
	"faceid/recognize/folder"
)

// Of is the next step for err, or "", with commands for the gallery at name; see Paste.
func Of(err error, name string) string {
	if next := next(err); next != "" {
		return Paste(next, name)
	}
	// Whoever wrote these knows the gallery; and of a command line that cannot be parsed it would only be in the way.
	return hint.Of(err)
}

func next(err error) string {
	var (
		several *recognize.SeveralError
		people  *recognize.SeveralPeopleError
		model   *recognize.ModelError
		far     *recognize.UnreachedError
		photo   *recognize.PhotoError
		poor    *recognize.PoorError
		few     *recognize.TooFewError
		folders *folder.SeveralError
		needed  *recognize.NeededError
		held    *recognize.NameHeldError
	)
	switch {
	case errors.As(err, &folders):
		if folders.For != "" {
			return fmt.Sprintf("people: faceid %s %s; one person: put the photos into one folder", folders.For,
				plain.Shell(folders.Dir))
		}
		return fmt.Sprintf("people: faceid enroll %s; one person: faceid enroll --name %s %[1]s",
			plain.Shell(folders.Dir), plain.Shell(filepath.Base(folders.Dir)))
	case errors.As(err, &poor):
		return "take another photo: sharp, lit, the face towards the camera and 60 pixels wide or more; enroll takes " +
			"it with --any-quality"
	case errors.As(err, &few):
		return moreNeeded(few)
	case errors.As(err, &held):
		return fmt.Sprintf("if they are one person: faceid gallery merge '#%d' '#%d'; if they are two: --namesake",
			held.Other.ID, held.Person.ID)
	case errors.As(err, &needed):
		return "--force takes it off the list all the same"
	case errors.As(err, &several):
		return "none of them clearly leads: --largest takes the first; or crop the photo"
	case errors.As(err, &people):
		ids := make([]string, len(people.People))
		for i, p := range people.People {
			ids[i] = fmt.Sprintf("\"#%d\"", p.ID)
		}
		sort.Strings(ids)
		return "say which one: " + strings.Join(ids, ", ")
	case errors.As(err, &model) && model.Is.SHA256 == "":
		return "add that file with faceid models add, or use another --gallery"
	case errors.As(err, &model):
		return "leave --model and FACEID_MODEL out, use another --gallery, or after fine-tuning: " +
			"faceid gallery migrate --model " + model.Is.Name
	case errors.As(err, &far) && len(far.Known) == 0:
		return "choose one with --threshold, or measure it: faceid eval pairs FILE"
	case errors.As(err, &far):
		return fmt.Sprintf("measured are %v; or give --threshold", far.Known)
	case errors.As(err, &photo) && errors.Is(err, fs.ErrNotExist):
		return "check the path; a name with blanks needs quotes"
	}
	for _, h := range hints {
		if errors.Is(err, h.of) {
			return h.next
		}
	}
	return ""
}

// hints are the next steps of errors that hold no facts.
var hints = []struct {
	of   error
	next string
}{
	{recognize.ErrNoGallery, "set HOME, XDG_DATA_HOME or FACEID_GALLERY, or give --gallery FILE"},
	{recognize.ErrNoneYet, "faceid enroll NAME PHOTO..."},
	{recognize.ErrUncalibrated, "faceid gallery calibrate"},
	{recognize.ErrNobody, "faceid enroll NAME PHOTO..."},
	{recognize.ErrNoFace, "the face should be upright, lit, and at least 20 pixels wide; faceid detect --draw shows " +
		"what is seen"},
	{folder.ErrNoPhotos, "photos end in .jpg, .png, .heic, .avif, .webp, .tiff, .bmp or .gif"},
	{recognize.ErrExample, "faceid gallery remove takes it back, by its number; faceid gallery list has it"},
	{recognize.ErrPlain, "leave --plain out, or use another --gallery"},
	{recognize.ErrNothing, "fine-tuning needs a folder with one folder per person, with photos of faces in it"},
	{gallery.ErrNoTrunk, "enrol the photos again, or fine-tune from their folder: faceid finetune PEOPLE/"},
	{gallery.ErrNoPerson, "names are matched exactly; faceid gallery list shows everybody"},
	{embed.ErrTooLarge, "shrink the photo"},
}

// moreNeeded is the next step where people or strangers are too few.
func moreNeeded(few *recognize.TooFewError) string {
	larger := few.Need > recognize.MinCalibrated // a share was asked for
	share := "a larger share"
	if few.Least > 0 {
		share = fmt.Sprintf("a larger share, --fpir %g or more", few.Least)
	}
	switch {
	case few.Strangers && larger:
		return "give photos of more people who are not enrolled: faceid gallery calibrate --strangers FOLDER; count " +
			"on those enrolled: faceid gallery calibrate; or ask for " + share
	case few.Strangers:
		return "give photos of more people who are not enrolled: faceid gallery calibrate --strangers FOLDER"
	case larger:
		return "ask for " + share + ", enrol more people, or count on strangers' photos: faceid gallery calibrate " +
			"--strangers FOLDER"
	}
	return fmt.Sprintf("enrol more people; until there are %d, --far goes by what was measured on LFW",
		recognize.MinCalibrated)
}
