package command

import (
	"io"
	"strings"
	"testing"
)

func TestGalleryRemoveFlags(t *testing.T) {
	testFlags(t, newGalleryRemove, []flagCase[galleryRemoveOptions]{
		{args: "Ada #3", want: &galleryRemoveOptions{people: []string{"Ada", "#3"}}},
		{args: "-y Ada", want: &galleryRemoveOptions{people: []string{"Ada"}, yes: true}},
		{args: "--template 7 9", want: &galleryRemoveOptions{templates: []int64{7, 9}}},
		{args: "--template Ada", bad: "is not the number of a template"},
		{args: "--template 0", bad: "is not the number of a template"},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: "--yes", bad: "requires at least 1 arg(s)"},
	})
}

// People are deleted after a clear yes, on a terminal, and never otherwise.
func TestSure(t *testing.T) {
	for _, c := range []struct {
		yes, tty bool
		answer   string
		sure     bool
	}{
		{yes: true, sure: true},
		{answer: "y\n"},
		{tty: true, answer: "y\n", sure: true},
		{tty: true, answer: " Yes\n", sure: true},
		{tty: true, answer: "\n"},
		{tty: true, answer: "no\n"},
		{tty: true, answer: ""},
	} {
		a := &app{streams: streams{in: strings.NewReader(c.answer), out: io.Discard, err: io.Discard,
			inTTY: c.tty, errTTY: c.tty}}
		if err := a.sure(c.yes, []string{"#1 Ada"}); (err == nil) != c.sure {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
