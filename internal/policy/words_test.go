package policy

import (
	"go/token"
	"regexp"
	"testing"
)

// habits are turns that strangers stumble over, with what is written instead.
var habits = map[*regexp.Regexp]string{
	regexp.MustCompile(`\b(?:rows|bytes|values|photos|people|views|faces|weights|class|one|two|once) an? (?:row|` +
		`column|class|chunk|person|photo|face|batch|call|pass|page|gallery|step|line|file|folder)\b`): `"per" for "a"`,
	regexp.MustCompile(`\b(?:by|for|to|from|if|when) who\b`): `"whoever", or "callers that", for "who"`,
	// not after "there"
	regexp.MustCompile(`(?:[^e]|[^r]e) (?:is|are|was|were) no (?:error|failure|damage|snapshot)\b`): `"not a" for "no"`,
}

// TestWords: comments in plain English.
func TestWords(t *testing.T) {
	tokens(t, func(at token.Position, tok token.Token, text string) {
		if tok != token.COMMENT {
			return
		}
		for habit, instead := range habits {
			for _, turn := range habit.FindAllString(text, -1) {
				t.Errorf("%v: %q: write %s", at, turn, instead)
			}
		}
	})
}

func TestHabits(t *testing.T) {
	for text, want := range map[string]bool{
		"float32, one class a row": true, "held by who changes it": true, "none is no error": true,
		"one class per row": false, "held by whoever changes it": false, "where there is no error": false,
	} {
		found := false
		for habit := range habits {
			found = found || habit.MatchString(text)
		}
		if found != want {
			t.Errorf("%q: found %v", text, found)
		}
	}
}
