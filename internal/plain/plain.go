// Package plain keeps what a terminal obeys out of what people read. Names, paths, metadata and the errors of libraries
// come from files, and a file may hold the sequences that clear a screen, retitle a window or turn text around.
//
// There are two doors. A Writer lets no such character through, whoever writes; it is what the program's streams are
// wrapped in. Fprintf does what a stream cannot: it keeps an argument on the line that it is printed in.
package plain

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Hidden tells whether a terminal obeys r instead of showing it: control characters, C1 included, marks that turn the
// direction of writing, and the separators of lines and paragraphs.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// Writer writes to another one, with every Hidden character but tab and line feed as its escape, \u001b, and with \xff
// for a byte that is not UTF-8. In a string of JSON, which has no such character outside of its strings, the escape is
// the same character.
type Writer struct {
	w    io.Writer
	mu   sync.Mutex // Protects rest, and keeps what is written at once together.
	rest []byte     // the beginning of a character whose end is yet to come
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write returns len(p), or 0 with the error of what is below.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := p
	if len(w.rest) > 0 {
		b = append(w.rest, p...)
	}
	end := len(b)
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				end -= i
			}
			break
		}
	}
	whole := b[:end]
	w.rest = append([]byte(nil), b[end:]...)
	if err := w.put(whole); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what is left of a character that did not end.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.rest
	w.rest = nil
	return w.put(rest)
}

func (w *Writer) put(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := io.WriteString(w.w, escape(string(b), "\t\n"))
	return err
}

// escape writes every Hidden character of s but those of keep as \uXXXX, and what is not UTF-8 as \xXX.
func escape(s, keep string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && n == 1
		if bad || Hidden(r) && !strings.ContainsRune(keep, r) {
			b.WriteString(s[from:i])
			if bad {
				fmt.Fprintf(&b, `\x%02x`, s[i])
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
			from = i + n
		}
		i += n
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// Field is s on one line, without a Hidden character.
func Field(s string) string { return escape(s, "") }

// Lines is an error's text, whose lines after the first are indented: none can be taken for another message.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines[1:] {
		lines[i+1] = "    " + strings.TrimLeft(line, " ")
	}
	return escape(strings.Join(lines, "\n"), "\t\n")
}

// Fprintf is fmt.Fprintf with every string among args as Field, and every error as Lines.
func Fprintf(w io.Writer, format string, args ...any) {
	clean := make([]any, len(args))
	for i, a := range args {
		clean[i] = a
		switch v := a.(type) {
		case nil:
		case error:
			clean[i] = Lines(v.Error())
		case fmt.Stringer:
			clean[i] = Field(v.String())
		case []byte:
			clean[i] = Field(string(v))
		default:
			switch v := reflect.ValueOf(a); {
			case v.Kind() == reflect.String:
				clean[i] = Field(v.String())
			case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
				clean[i] = Field(string(v.Bytes()))
			}
		}
	}
	fmt.Fprintf(w, format, clean...)
}

// Shell is an argument as a POSIX shell takes it, whatever it holds: for commands that are printed to be pasted.
func Shell(s string) string {
	safe := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./,:+@%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Quoted is a path or a name where it might be mistaken: in quotes where it is empty or holds what cannot be printed.
func Quoted(s string) string {
	if s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	return strconv.Quote(s)
}
