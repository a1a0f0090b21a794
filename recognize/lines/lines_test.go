package lines

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/recognize"
)

// TestHelp: every field of every line is explained, and no explanation is of a field that there is not.
func TestHelp(t *testing.T) {
	var b bytes.Buffer
	if err := WriteHelp(&b, Outputs); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		says := strings.TrimSpace(line[min(48, len(line)):])
		if strings.HasPrefix(line, "  ") && (says == "" || says == "may be missing") {
			t.Errorf("not explained: %s", line)
		}
	}
	for name, meaning := range meanings() {
		if strings.HasPrefix(name, "serve ") { // a door's own, which adds them
			continue
		}
		if meaning == "" || !strings.Contains(b.String(), meaning) {
			t.Errorf("explained is what there is not: %s", name)
		}
	}
}

func TestCodeOf(t *testing.T) {
	for want, err := range map[string]error{
		"face_not_found":   &recognize.PhotoError{Path: "a.jpg", Err: recognize.ErrNoFace},
		"several_people":   fmt.Errorf("x: %w", &recognize.SeveralPeopleError{Name: "Ada"}),
		"person_not_found": fmt.Errorf("%w: Ada", gallery.ErrNoPerson),
		"model_mismatch":   &recognize.ModelError{Is: gallery.Model{Name: "other"}},
		"not_found":        &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist},
		"failed":           fmt.Errorf("x"),
	} {
		if got := CodeOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
