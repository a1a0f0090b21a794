package gallery

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"faceid/internal/hint"
)

// Model is the contract that all templates of a gallery share.
type Model struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // lower-case hex of the ONNX file
	Dim    int    `json:"dim"`    // length of an embedding
	Views  string `json:"views"`  // "plain" or "mirrored": how the embedding was made
}

// Same reports whether embeddings of m and of other can be compared: the same file made them, of the same number of
// views. The name is for people and does not count.
func (m Model) Same(other Model) bool {
	return m.SHA256 == other.SHA256 && m.Dim == other.Dim && m.Views == other.Views
}

// CheckText returns ErrFormat unless what a model is called can be shown to people: UTF-8 without control characters
// and without marks that turn the direction of writing or cannot be seen. A gallery is made for no other, and no other
// is imported.
func (m Model) CheckText() error {
	for what, s := range map[string]string{"name": m.Name, "checksum": m.SHA256, "views": m.Views} {
		if !utf8.ValidString(s) || len(s) > maxName ||
			strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unseen(r) }) {
			return fmt.Errorf("%w: the model's %s %.80q is no text to show", ErrFormat, what, s)
		}
	}
	return nil
}

// Check returns ErrModel, with what differs and a hint, unless m, a gallery's model, is the Same as yours.
func (m Model) Check(yours Model) error {
	if m.Same(yours) {
		return nil
	}
	var what string
	switch {
	case m.SHA256 != yours.SHA256:
		what = fmt.Sprintf("its model is %s (sha256 %.12s…), yours is %s (%.12s…)", m.Name, m.SHA256,
			yours.Name, yours.SHA256)
	case m.Dim != yours.Dim:
		what = fmt.Sprintf("its embeddings have %d values, yours %d", m.Dim, yours.Dim)
	default:
		what = fmt.Sprintf("its embeddings were made with views %q, yours with %q", m.Views, yours.Views)
	}
	return hint.With(fmt.Errorf("%w: %s", ErrModel, what),
		"use the model "+m.Name+" ("+m.Views+" views), or another gallery; if yours is a fine-tuned "+m.Name+
			", migrate the gallery to it")
}
