package gallery

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestSkeleton(t *testing.T) {
	for _, same := range [][]string{
		{"Ada Lovelace", "ada lovelace", "ADA  LOVELACE", "AdaLovelace", "Ada_Lovelace", "Ada-Lovelace",
			" Ada Lovelace", "Ada\u00a0Lovelace", "Ada\u200bLovelace", "Аda Lovelace", "Adа Lоvelасe", "Αda Lovelace",
			"Ａｄａ Lovelace", "𝐀𝐝𝐚 Lovelace"},
		{"ВОВА", "Вова", "BOBA"},
		{"Straße", "STRASSE", "strasse"},
		{"O'Neil", "O’Neil", "OʼNeil"},
		{"José", "Jose\u0301", "JOSÉ"},
		{"Νίκος", "ΝΊΚΟΣ", "Nίκος"},
	} {
		for _, name := range same[1:] {
			if a, b := Skeleton(same[0]), Skeleton(name); a != b {
				t.Errorf("%q and %q: %q and %q", same[0], name, a, b)
			}
		}
	}
	for _, other := range [][2]string{{"Ada", "Eda"}, {"José", "Jose"}, {"P1", "Pl"}, {"張偉", "张伟"}, {"Ирина", "Irina"},
		{"Ann Lee", "Anna Lee"}, {"party.jpg face 1", "party.jpg face 2"}} {
		if Skeleton(other[0]) == Skeleton(other[1]) {
			t.Errorf("%q and %q have one skeleton, %q", other[0], other[1], Skeleton(other[0]))
		}
	}
}

// A skeleton is its own, and that of the normal forms.
func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{"Ada", "Ａda ﬁ", "ΐ", "İstanbul", "ẞ", "\u0345α"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			return
		}
		s := Skeleton(name)
		if c := Skeleton(norm.NFC.String(name)); c != s {
			t.Errorf("%q: %q, of its normal form %q", name, s, c)
		}
		if d := Skeleton(norm.NFD.String(name)); d != s {
			t.Errorf("%q: %q, of its decomposed form %q", name, s, d)
		}
	})
}
