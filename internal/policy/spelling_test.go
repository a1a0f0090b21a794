package policy

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// american is what the house writes otherwise, in comments and in names: normalise, quantise, neighbour, labelled.
var american = regexp.MustCompile(`(?i)\w*(?:(?:normal|quant|minim|maxim|penal|general|summar|serial)iz` +
	`|analyz|behavior|neighbor|favor|honor|labeled|labeling|canceled|canceling|modeled|catalog(?:s|ed)?\b)\w*`)

// theirs are names that others gave.
var theirs = map[string]bool{
	"BatchNormalization": true, // the operator of ONNX
	"NearestNeighbor":    true, // of the imaging library
	"Canceled":           true, // of context, and of gRPC
	"Labeled":            true, // Labeled Faces in the Wild
	"normalization":      true, // the titles of papers
}

// TestSpelling: one spelling, so that whoever looks for a word finds all of it. Words that the field has as names stay
// as they are: Center Loss, optimizer, license as the manifest has it, color as the standard library.
func TestSpelling(t *testing.T) {
	tokens(t, func(at token.Position, tok token.Token, text string) {
		if tok != token.COMMENT && tok != token.IDENT || at.Filename == "internal/policy/spelling_test.go" {
			return
		}
		for _, word := range american.FindAllString(text, -1) {
			if !theirs[word] {
				t.Errorf("%v: %s: the house's spelling is British", at, word)
			}
		}
	})
}

// tokens calls f with every token of the module's Go files.
func tokens(t *testing.T, f func(at token.Position, tok token.Token, text string)) {
	t.Helper()
	for _, path := range goFiles(t) {
		src, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		var s scanner.Scanner
		s.Init(fset.AddFile(path, -1, len(src)), src, nil, scanner.ScanComments)
		for {
			pos, tok, text := s.Scan()
			if tok == token.EOF {
				break
			}
			f(fset.Position(pos), tok, text)
		}
	}
}

func TestAmerican(t *testing.T) {
	for text, want := range map[string]string{
		"normalise and NormaliseProbes": "", "a catalogue of neighbours": "", "it is Normalized": "Normalized",
		"NormalizeProbes": "NormalizeProbes", "in the catalog.": "catalog", "quantization": "quantization",
	} {
		if got := strings.Join(american.FindAllString(text, -1), " "); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
}
