package lines

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"faceid/embed"
	"faceid/finetune"
	"faceid/gallery"
	"faceid/models"
	"faceid/recognize"
)

// Failed is a failure: of one photo or person among several, or of the command.
type Failed struct {
	Error Failure `json:"error"`
}

// Failure is what failed, why, and what to do next.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Path    string `json:"path"`
}

// FailureOf is what is said of an error, about the photo or the name at ("": the command), with the next step.
func FailureOf(at string, err error, next string) Failure {
	f := Failure{Code: CodeOf(err), Message: err.Error(), Hint: next, Path: at}
	if at != "" {
		f.Message = strings.TrimPrefix(f.Message, at+": ")
	}
	return f
}

// codes are the errors that programs can tell apart; the first that fits counts.
var codes = []struct {
	is   error
	code string
}{
	{context.Canceled, "interrupted"},
	{recognize.ErrNoFace, "face_not_found"},
	{recognize.ErrNoGallery, "no_gallery"},
	{recognize.ErrNoneYet, "nobody_enrolled"},
	{recognize.ErrNobody, "nobody_enrolled"},
	{recognize.ErrUncalibrated, "not_calibrated"},
	{gallery.ErrNoPerson, "person_not_found"},
	{gallery.ErrNoTemplate, "face_id_not_found"},
	{gallery.ErrNameTaken, "name_taken"},
	{gallery.ErrName, "bad_name"},
	{gallery.ErrMetadata, "bad_metadata"},
	{gallery.ErrModel, "model_mismatch"},
	{gallery.ErrDimension, "bad_embedding"},
	{gallery.ErrZeroVector, "bad_embedding"},
	{gallery.ErrNotFinite, "bad_embedding"},
	{gallery.ErrFormat, "bad_import"},
	{gallery.ErrSource, "bad_import"},
	{gallery.ErrNoTrunk, "no_trunk"},
	{gallery.ErrBusy, "busy"},
	{gallery.ErrReadOnly, "read_only"},
	{gallery.ErrDiskFull, "disk_full"},
	{syscall.ENOSPC, "disk_full"},
	{gallery.ErrDamaged, "damaged"},
	{gallery.ErrNotGallery, "not_a_gallery"},
	{finetune.ErrTooFew, "too_few_people"},
	{models.ErrUnknown, "model_not_found"},
	{models.ErrMissing, "model_missing"},
	{models.ErrLicense, "license"},
	{models.ErrCorrupt, "model_damaged"},
	{embed.ErrTooLarge, "photo_too_large"},
	{embed.ErrTruncated, "photo_cut_off"},
	{embed.ErrFormat, "not_a_photo"},
	{fs.ErrNotExist, "not_found"},
	{fs.ErrPermission, "permission"},
}

// CodeOf is the code of an error: a word that stays the same where the message may change. "failed" is any other.
func CodeOf(err error) string {
	var (
		several *recognize.SeveralError
		poor    *recognize.PoorError
		people  *recognize.SeveralPeopleError
		rate    *recognize.UnreachedError
		few     *recognize.TooFewError
		needed  *recognize.NeededError
		held    *recognize.NameHeldError
	)
	switch {
	case errors.As(err, &several):
		return "several_faces"
	case errors.As(err, &poor):
		return "too_poor"
	case errors.As(err, &people):
		return "several_people"
	case errors.As(err, &rate):
		return "rate_unknown"
	case errors.As(err, &few):
		return "too_few_people"
	case errors.As(err, &held):
		return "name_taken"
	case errors.As(err, &needed):
		return "model_needed"
	}
	for _, c := range codes {
		if errors.Is(err, c.is) {
			return c.code
		}
	}
	return "failed"
}
