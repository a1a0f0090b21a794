package gallery

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Skeleton is the same for names that look alike: those that differ in case, in spaces, hyphens and underscores, in
// marks that cannot be seen, in forms that Unicode calls compatible (NFKC: "Ａda", "ﬁ"), or in letters of Cyrillic,
// Greek and Armenian that are drawn as a Latin one is, in capitals or small. It is for comparing only, and never shown.
//
// Its bounds: of the 6,000 pairs of Unicode's confusables (UTS #39) it knows those that names are written with.
// Accents count, "Jose" is not "José", and so do digits, "Pl" is not "P1". Letters alike in capitals alone are taken
// for alike, so that two names may have one skeleton and not be confused by anybody: it is worth a remark, not a
// refusal.
func Skeleton(name string) string {
	plain := true
	for i := range len(name) {
		plain = plain && name[i] < 0x80
	}
	if plain {
		name = strings.ToLower(name)
	} else {
		// Folding may undo the normal form, and the other way about: "ΐ" folds to three characters.
		name = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '_' || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || unseen(r):
			return -1
		case r < 0x80:
			return r
		}
		if latin, ok := confusable[r]; ok {
			return latin
		}
		return r
	}, name)
}

// confusable are folded letters, and the folded Latin letter that they are drawn as, small or as capitals.
var confusable = func() map[rune]rune {
	m := map[rune]rune{'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ſ': 's', '’': '\'', '‘': '\'', 'ʼ': '\'', '`': '\'', '´': '\''}
	for theirs, latin := range map[string]string{
		"авекмнорстухіјѕԁԛԝһ": "abekmhopctyxijsdqwh", // Cyrillic
		"ӏ":                   "l",
		"αβεζηικμνορτυχϲ":     "abezhikmnoptyxc", // Greek
		"օոսհցզ":              "onuhgq",          // Armenian
	} {
		to := []rune(latin)
		for i, r := range []rune(theirs) {
			m[r] = to[i]
		}
	}
	return m
}()
