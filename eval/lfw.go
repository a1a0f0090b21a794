package eval

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what the readers take. Labeled Faces in the Wild has 6,000 pairs and 5,749 people.
const (
	maxLine   = 64 << 10 // bytes
	maxPairs  = 10_000_000
	maxPeople = 10_000_000
	maxNumber = 9_999_999 // photo number, photos of a person, folds, pairs per fold
	maxName   = 200       // bytes
)

// LFWPhoto names one photo of the data set.
type LFWPhoto struct {
	Name   string // a person, such as Aaron_Peirsol; one path element
	Number int    // from 1
}

// Path returns where the photo lies below the folder of images: NAME/NAME_0001.jpg, with slashes. It never leaves that
// folder if the photo came from ReadLFWPairs or ReadLFWPeople.
func (p LFWPhoto) Path() string {
	return path.Join(p.Name, fmt.Sprintf("%s_%04d.jpg", p.Name, p.Number))
}

// LFWPair is one comparison of the protocol.
type LFWPair struct {
	A, B LFWPhoto
	Same bool
	Fold int // from 0
}

// LFWPairs is a pairs file. Pairs are in file order: in each fold first the genuine, then the impostor pairs.
type LFWPairs struct {
	Folds   int // 10 in View 2 (pairs.txt), 1 in View 1 (pairsDevTrain.txt, pairsDevTest.txt)
	PerFold int // genuine pairs per fold, and as many impostor pairs
	Pairs   []LFWPair
}

// Scores sorts scores[i] of Pairs[i] into folds, as KFold and, with All, ROC take them. It returns ErrOption if the
// lengths differ.
func (p LFWPairs) Scores(scores []float64) ([]Fold, error) {
	if len(scores) != len(p.Pairs) {
		return nil, fmt.Errorf("%w: %d scores, %d pairs", ErrOption, len(scores), len(p.Pairs))
	}
	folds := make([]Fold, p.Folds)
	for i, pair := range p.Pairs {
		f := &folds[pair.Fold]
		if pair.Same {
			f.Genuine = append(f.Genuine, scores[i])
		} else {
			f.Impostor = append(f.Impostor, scores[i])
		}
	}
	return folds, nil
}

// All returns the scores of all folds together.
func All(folds []Fold) (genuine, impostor []float64) {
	for _, f := range folds {
		genuine, impostor = append(genuine, f.Genuine...), append(impostor, f.Impostor...)
	}
	return genuine, impostor
}

// ReadLFWPairs reads pairs.txt ("FOLDS<tab>N") or pairsDevTrain.txt and pairsDevTest.txt ("N", one fold): for each fold
// N lines "NAME<tab>I<tab>J" of one person, then N lines "NAME<tab>I<tab>NAME<tab>J" of two. Any white space separates.
// It returns ErrFormat, with the line, for anything else: wrong counts, a name that is not a single path element
// (separators, a dot in front, control characters), a photo number outside 1…9999999, two people of one name.
func ReadLFWPairs(r io.Reader) (LFWPairs, error) {
	l := newLines(r)
	head := strings.Fields(l.next())
	p := LFWPairs{Folds: 1}
	var err error
	switch len(head) {
	case 1:
		p.PerFold, err = number(head[0])
	case 2:
		if p.Folds, err = number(head[0]); err == nil {
			p.PerFold, err = number(head[1])
		}
	default:
		err = fmt.Errorf("want the number of pairs, or of folds and pairs")
	}
	if err == nil && p.PerFold > maxPairs/2/p.Folds {
		err = fmt.Errorf("more than %d pairs", maxPairs)
	}
	if err != nil {
		return LFWPairs{}, l.fail(err)
	}
	for fold := range p.Folds {
		for i := range 2 * p.PerFold {
			pair, err := lfwPair(strings.Fields(l.next()), i < p.PerFold)
			if err != nil {
				return LFWPairs{}, l.fail(err)
			}
			pair.Fold = fold
			p.Pairs = append(p.Pairs, pair)
		}
	}
	if err := l.end(); err != nil {
		return LFWPairs{}, err
	}
	return p, nil
}

func lfwPair(f []string, same bool) (LFWPair, error) {
	var err error
	p := LFWPair{Same: same}
	switch {
	case same && len(f) == 3:
		f = []string{f[0], f[1], f[0], f[2]}
	case same:
		return p, fmt.Errorf("want NAME I J, a pair of one person")
	case len(f) != 4:
		return p, fmt.Errorf("want NAME I NAME J, a pair of two people")
	case f[0] == f[2]:
		return p, fmt.Errorf("%q twice in a pair of two people", f[0])
	}
	if p.A, err = lfwPhoto(f[0], f[1]); err != nil {
		return p, err
	}
	p.B, err = lfwPhoto(f[2], f[3])
	return p, err
}

func lfwPhoto(name, num string) (LFWPhoto, error) {
	if err := checkName(name); err != nil {
		return LFWPhoto{}, err
	}
	n, err := number(num)
	return LFWPhoto{name, n}, err
}

// LFWPerson is somebody of a people file.
type LFWPerson struct {
	Name   string // one path element
	Photos int    // the photos are numbered from 1 to Photos
}

// ReadLFWPeople reads people.txt (a line "FOLDS", then for each fold its number of people and a line
// "NAME<tab>PHOTOS" each) or peopleDevTrain.txt and peopleDevTest.txt (a number of people, then the people: one
// fold). It returns the people of each fold in file order, or ErrFormat as ReadLFWPairs does.
func ReadLFWPeople(r io.Reader) ([][]LFWPerson, error) {
	l := newLines(r)
	one := func() (int, error) {
		f := strings.Fields(l.next())
		if len(f) != 1 {
			return 0, fmt.Errorf("want one number")
		}
		return number(f[0])
	}
	folds, err := one()
	if err != nil {
		return nil, l.fail(err)
	}
	size, pending := folds, strings.Fields(l.next())
	if len(pending) == 1 { // a second number: the first was that of the folds
		if size, err = number(pending[0]); err != nil {
			return nil, l.fail(err)
		}
		pending = strings.Fields(l.next())
	} else {
		folds = 1
	}
	var out [][]LFWPerson
	for k := range folds {
		if k > 0 {
			if size, err = one(); err != nil {
				return nil, l.fail(err)
			}
			pending = strings.Fields(l.next())
		}
		var people []LFWPerson
		for i := range size {
			if i > 0 {
				pending = strings.Fields(l.next())
			}
			if len(pending) != 2 {
				return nil, l.fail(fmt.Errorf("want NAME PHOTOS"))
			}
			p, err := lfwPhoto(pending[0], pending[1])
			if err != nil {
				return nil, l.fail(err)
			}
			people = append(people, LFWPerson{p.Name, p.Number})
		}
		out = append(out, people)
	}
	return out, l.end()
}

// number reads a decimal in 1…maxNumber.
func number(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxNumber {
		return 0, fmt.Errorf("%s is not a number in 1…%d", quote(s), maxNumber)
	}
	return n, nil
}

// checkName says why a name cannot be one element of a path on any system.
func checkName(s string) error {
	switch {
	case s == "" || len(s) > maxName:
		return fmt.Errorf("name of %d bytes, want 1…%d", len(s), maxName)
	case !utf8.ValidString(s):
		return fmt.Errorf("name %s is not UTF-8", quote(s))
	case s[0] == '.':
		return fmt.Errorf("name %s begins with a dot", quote(s))
	case strings.ContainsAny(s, `/\:*?"<>|`) || strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("name %s has a character that a path element must not have", quote(s))
	}
	return nil
}

// quote shortens what an error repeats of a hostile file.
func quote(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%q…", s[:60])
	}
	return strconv.Quote(s)
}

// lines reads a bounded text line by line.
type lines struct {
	s *bufio.Scanner
	n int  // lines read
	e bool // past the end
}

func newLines(r io.Reader) *lines {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), maxLine)
	return &lines{s: s}
}

// next returns the next line, or "" past the end.
func (l *lines) next() string {
	if !l.s.Scan() {
		l.e = true
		return ""
	}
	l.n++
	return strings.TrimPrefix(l.s.Text(), "\ufeff")
}

// fail says what is wrong with the line read last.
func (l *lines) fail(err error) error {
	if l.s.Err() != nil {
		return fmt.Errorf("%w: line %d: %w", ErrFormat, l.n+1, l.s.Err())
	}
	if l.e {
		return fmt.Errorf("%w: ends after line %d: %w", ErrFormat, l.n, err)
	}
	return fmt.Errorf("%w: line %d: %w", ErrFormat, l.n, err)
}

// end refuses anything but empty lines.
func (l *lines) end() error {
	for s := l.next(); !l.e; s = l.next() {
		if strings.TrimSpace(s) != "" {
			return l.fail(fmt.Errorf("more lines than announced"))
		}
	}
	if l.s.Err() != nil {
		return l.fail(l.s.Err())
	}
	return nil
}
