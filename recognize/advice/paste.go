package advice

import (
	"regexp"

	"faceid/internal/plain"
	"faceid/recognize"
)

// onGallery are the commands that work on a gallery.
var onGallery = regexp.MustCompile(`\bfaceid (gallery [a-z]+|enroll)\b`)

// Paste is text with commands of faceid, to be pasted, for the gallery at name: they name it where it is not
// recognize.UsualGallery. In another shell $FACEID_GALLERY may not be set, and they would change another gallery.
func Paste(text, name string) string {
	if name == "" || name == recognize.UsualGallery() {
		return text
	}
	return onGallery.ReplaceAllStringFunc(text, func(cmd string) string {
		return cmd + " --gallery " + plain.Shell(name)
	})
}
