package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
)

// hostile are characters that a terminal obeys, one of each kind.
const hostile = "\x1b]0;owned\x07\x1b[2J\r\b\x7f\u009b31m\u0085\u202e\u2066\u2069\u200e\u200f\u061c\u2028\xff"

func TestWriter(t *testing.T) {
	text := "Ada é 漢字\t" + hostile + "\nend\n"
	want := `Ada é 漢字	\u001b]0;owned\u0007\u001b[2J\u000d\u0008\u007f\u009b31m\u0085` +
		`\u202e\u2066\u2069\u200e\u200f\u061c\u2028\xff` + "\nend\n"
	for name, in := range map[string]io.Reader{"whole": strings.NewReader(text),
		"by bytes": iotest.OneByteReader(strings.NewReader(text))} {
		var b bytes.Buffer
		w := NewWriter(&b)
		if _, err := io.Copy(struct{ io.Writer }{w}, in); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil || b.String() != want {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, b.String(), want)
		}
	}
	// The beginning of a character at the end is shown, too.
	var b bytes.Buffer
	w := NewWriter(&b)
	io.WriteString(w, "x\xe6\xbc")
	if err := w.Flush(); err != nil || b.String() != `x\xe6\xbc` {
		t.Errorf("%v, %q", err, b.String())
	}
}

// JSON that went through a Writer says the same.
func TestWriterJSON(t *testing.T) {
	want := strings.ToValidUTF8(hostile, "\ufffd")
	var b bytes.Buffer
	if err := json.NewEncoder(NewWriter(&b)).Encode(want); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got != want {
		t.Errorf("%v, %q", err, got)
	}
}

func TestFprintf(t *testing.T) {
	type kind string
	type raw []byte
	name := "a\nfaceid: all is well\x1b[2J"
	var b bytes.Buffer
	Fprintf(&b, "%s|%v|%s|%s|%d|%v|%.2s\n", name, kind(name), []byte(name), raw(name), 7, error(nil), "abc")
	field := `a\u000afaceid: all is well\u001b[2J`
	if want := strings.Repeat(field+"|", 4) + "7|<nil>|ab\n"; b.String() != want {
		t.Errorf("%q\nwant\n%q", b.String(), want)
	}
	b.Reset()
	Fprintf(&b, "faceid: %v\n", errors.Join(errors.New(name), errors.New("    more")))
	if want := "faceid: a\n    faceid: all is well\\u001b[2J\n    more\n"; b.String() != want {
		t.Errorf("%q\nwant\n%q", b.String(), want)
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{"Ada é": "Ada é", "": `""`, "a\nb": `"a\nb"`, "a\xff": `"a\xff"`} {
		if got := Quoted(in); got != want {
			t.Errorf("Quoted(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzWriter(f *testing.F) {
	f.Add(hostile, 3)
	f.Fuzz(func(t *testing.T, s string, at int) {
		var whole, parts bytes.Buffer
		w := NewWriter(&whole)
		w.Write([]byte(s))
		w.Flush()
		at = max(0, min(at, len(s)))
		w = NewWriter(&parts)
		w.Write([]byte(s[:at]))
		w.Write([]byte(s[at:]))
		w.Flush()
		if whole.String() != parts.String() {
			t.Errorf("%q and %q", whole.String(), parts.String())
		}
		for _, r := range whole.String() {
			if r != '\t' && r != '\n' && (Hidden(r) || unicode.IsControl(r)) {
				t.Errorf("%q holds %U", whole.String(), r)
			}
		}
	})
}

// What a shell makes of Shell is what was given.
func TestShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	for _, in := range []string{"", "Ada", "Ada Lovelace", "O'Neil", "''", "$(touch x)", "`id`", "$HOME", "a!b",
		`\`, `"`, "#2", "*", "~", "a;b", "a&b", "né", "-x"} {
		out, err := exec.Command(sh, "-c", "printf %s "+Shell(in)).Output()
		if err != nil || string(out) != in {
			t.Errorf("%q: %s becomes %q, %v", in, Shell(in), out, err)
		}
	}
}
