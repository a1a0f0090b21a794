package advice

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
)

// A hint names what a user of the command line has: no field of a Go struct.
func TestPhotoErrorHint(t *testing.T) {
	err := fmt.Errorf("x.png: %w", &embed.DecodeError{Kind: embed.ErrTooLarge,
		Advice: "shrink the photo, or raise MaxPixels"})
	if h := Of(err, ""); h != "shrink the photo" {
		t.Errorf("hint %q", h)
	}
}

// The commands in a hint are for the gallery that failed: pasted as they are, they change no other.
func TestPaste(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	const usual, merge = "/data/faceid/gallery.db", "faceid gallery merge '#4' '#13'; or faceid gallery move 1 Ada"
	for name, want := range map[string]string{
		"":      merge,
		usual:   merge,
		"my.db": "faceid gallery merge --gallery my.db '#4' '#13'; or faceid gallery move --gallery my.db 1 Ada",
		"it's $1": `faceid gallery merge --gallery 'it'\''s $1' '#4' '#13'; ` +
			`or faceid gallery move --gallery 'it'\''s $1' 1 Ada`,
	} {
		if got := Paste(merge, name); got != want {
			t.Errorf("%q: %s\nwant %s", name, got, want)
		}
	}
	t.Setenv("FACEID_GALLERY", "my.db") // another shell may not have it
	const want = "faceid gallery calibrate --gallery my.db"
	if got := Of(recognize.ErrUncalibrated, recognize.DefaultGallery()); got != want {
		t.Error(got)
	}
}

// Too few strangers for a share: what works without more of them is named.
func TestLeastShare(t *testing.T) {
	c := &gallery.Calibration{People: 40, Enrolled: 40, Searches: 30, Strangers: true,
		FAR: []gallery.CalibratedRate{{Rate: 1e-2, Threshold: 0.3}},
		FPIR: []gallery.CalibratedRate{{Rate: 0.2, Threshold: 0.3},
			{Rate: 0.1, Threshold: 0.4}}}
	for enrolled, least := range map[int]string{40: "--fpir 0.1 or more", 50: "--fpir 0.125 or more"} {
		_, err := recognize.CalibratedPoint(c, enrolled, recognize.Target{FPIR: 0.05})
		next := Of(err, "")
		if !strings.Contains(next, least) ||
			!strings.Contains(next, "on those enrolled: faceid gallery calibrate;") {
			t.Errorf("%d: %s", enrolled, next)
		}
		var few *recognize.TooFewError
		if !errors.As(err, &few) {
			t.Fatal(err)
		}
		if _, err := recognize.CalibratedPoint(c, enrolled, recognize.Target{FPIR: few.Least}); err != nil {
			t.Errorf("%d: the share named does not work: %v", enrolled, err)
		}
	}
}
