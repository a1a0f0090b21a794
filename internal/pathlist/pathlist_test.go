package pathlist

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		in   string
		nul  bool
		want []string
		bad  string
	}{
		{in: "", bad: "is empty"},
		{in: "\n"},
		{in: "a.jpg\nb c.jpg\r\n\nd.jpg", want: []string{"a.jpg", "b c.jpg", "d.jpg"}},
		{in: " a.jpg\n\tb.jpg \n", want: []string{" a.jpg", "\tb.jpg "}}, // these very files
		{in: "BMW.jpg\nb.jpg\n", want: []string{"BMW.jpg", "b.jpg"}},     // begins as a bitmap does
		{in: "\ufeffa.jpg\n", want: []string{"a.jpg"}},
		{in: "a\nb.jpg\x00 c.jpg\x00\x00", nul: true, want: []string{"a\nb.jpg", " c.jpg"}},
		{in: "a.jpg\r\x00", nul: true, want: []string{"a.jpg\r"}},
		{in: "a.jpg\x00b.jpg\x00", bad: "NUL"},
		{in: "\xff\xfea\x00", bad: "UTF-16"},
		{in: "\xff\xd8\xff\xe0 and so on\n", bad: "a photo"},
		{in: "\x89PNG\r\n\x1a\n", nul: true, bad: "a photo"},
		{in: strings.Repeat("a", maxEntry+1), bad: "too long"},
	} {
		got, err := Read(strings.NewReader(c.in), c.nul)
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%.20q: %q, %v, want an error with %q", c.in, got, err, c.bad)
			}
			continue
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%.20q: %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

// Photo tells a photo from a list, of which nothing is lost, and ends with its context where nothing comes.
func TestPhoto(t *testing.T) {
	const jpeg, list = "\xff\xd8\xff\xe0 and so on\n", "a.jpg\nb.jpg\n"
	if _, b, err := Photo(t.Context(), strings.NewReader(jpeg)); err != nil || string(b) != jpeg {
		t.Errorf("%q, %v", b, err)
	}
	rest, b, err := Photo(t.Context(), strings.NewReader(list))
	if err != nil || b != nil {
		t.Fatalf("%q, %v", b, err)
	}
	if paths, err := Read(rest, false); err != nil || !slices.Equal(paths, []string{"a.jpg", "b.jpg"}) {
		t.Errorf("%q, %v", paths, err)
	}
	r, w := io.Pipe() // nobody writes
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Photo(ctx, r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Inputs and Input give standard input to "-" alone.
func TestInputs(t *testing.T) {
	var got []string
	for in := range Inputs([]byte("photo"), []string{"a", "-", "b"}) {
		got = append(got, in.Path+":"+string(in.Data))
	}
	if want := []string{"a:", "-:photo", "b:"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r := strings.NewReader("photo")
	if a, b := Input(r, "-"), Input(r, "a"); a.Reader != r || b.Reader != nil {
		t.Errorf("%v, %v", a, b)
	}
}
