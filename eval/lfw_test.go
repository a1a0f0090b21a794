package eval

import (
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"faceid/internal/golden"
)

func open(t *testing.T, name ...string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(name...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestReadLFWFiles(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw")
	for _, x := range []struct {
		file           string
		folds, perFold int
	}{{"pairs.txt", 10, 300}, {"pairsDevTrain.txt", 1, 1100}, {"pairsDevTest.txt", 1, 500}} {
		p, err := ReadLFWPairs(open(t, dir, x.file))
		if err != nil {
			t.Fatal(err)
		}
		if p.Folds != x.folds || p.PerFold != x.perFold || len(p.Pairs) != 2*x.folds*x.perFold {
			t.Errorf("%s: %d folds of %d, %d pairs", x.file, p.Folds, p.PerFold, len(p.Pairs))
		}
		for i, pair := range p.Pairs {
			if pair.Fold != i/(2*x.perFold) || pair.Same != (i%(2*x.perFold) < x.perFold) ||
				pair.Same != (pair.A.Name == pair.B.Name) {
				t.Fatalf("%s: pair %d is %+v", x.file, i, pair)
			}
		}
		// Every photo of the first and of the last pair lies where Path says.
		for _, pair := range []LFWPair{p.Pairs[0], p.Pairs[len(p.Pairs)-1]} {
			for _, ph := range []LFWPhoto{pair.A, pair.B} {
				if _, err := os.Stat(filepath.Join(dir, "images", filepath.FromSlash(ph.Path()))); err != nil {
					t.Error(err)
				}
			}
		}
		scores := make([]float64, len(p.Pairs))
		for i := range scores {
			scores[i] = float64(i)
		}
		f, err := p.Scores(scores)
		if err != nil || len(f) != x.folds || len(f[0].Genuine) != x.perFold || f[0].Impostor[0] != float64(x.perFold) {
			t.Errorf("%s: folds of scores: %v", x.file, err)
		}
		if g, i := All(f); len(g) != x.folds*x.perFold || len(i) != x.folds*x.perFold {
			t.Errorf("%s: %d genuine, %d impostor", x.file, len(g), len(i))
		}
		if _, err := p.Scores(nil); !errors.Is(err, ErrOption) {
			t.Error(err)
		}
	}
	for _, x := range []struct {
		file          string
		folds, people int
	}{{"people.txt", 10, 5749}, {"peopleDevTrain.txt", 1, 4038}, {"peopleDevTest.txt", 1, 1711}} {
		folds, err := ReadLFWPeople(open(t, dir, x.file))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, f := range folds {
			n += len(f)
		}
		if len(folds) != x.folds || n != x.people {
			t.Errorf("%s: %d folds, %d people", x.file, len(folds), n)
		}
	}
}

func TestReadPublished(t *testing.T) {
	dir := golden.Shared(t, "data", "lfw", "roc")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%v", err)
	}
	for _, f := range files {
		c, err := ReadPublished(f.Name(), open(t, dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(c.TAR); i++ {
			if c.FAR[i] < c.FAR[i-1] || c.TAR[i] < c.TAR[i-1] {
				t.Fatalf("%s falls at %d", f.Name(), i)
			}
		}
	}
	for _, bad := range []string{"0.1", "0.1 0.2 0.3", "1.1 0", "x y", "-0.1 0", "0.1 +Inf"} {
		if _, err := ReadPublished("", strings.NewReader(bad)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, none := range []string{"", "NaN 0\n0 NaN\n"} {
		if _, err := ReadPublished("", strings.NewReader(none)); !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: %v", none, err)
		}
	}
}

func TestLFWRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"empty":            "",
		"no count":         "x\n",
		"three counts":     "1 1 1\n",
		"zero":             "0\n",
		"negative":         "-1\n",
		"huge":             "9999999 9999999\n",
		"overflow":         "99999999999999999999\n",
		"short":            "1\nA\t1\t2\n",
		"long":             "1\nA\t1\t2\nA\t1\tB\t1\nA\t1\t2\n",
		"wrong kind":       "1\nA\t1\tB\t2\nA\t1\tB\t1\n",
		"same in impostor": "1\nA\t1\t2\nA\t1\tA\t3\n",
		"photo 0":          "1\nA\t0\t2\nA\t1\tB\t1\n",
		"parent":           "1\n..\t1\t2\nA\t1\tB\t1\n",
		"traversal":        "1\n../etc/passwd\t1\t2\nA\t1\tB\t1\n",
		"absolute":         "1\n/etc\t1\t2\nA\t1\tB\t1\n",
		"backslash":        "1\nA\t1\t2\nA\t1\tB\\..\\C\t1\n",
		"drive":            "1\nA\t1\t2\nA\t1\tC:\t1\n",
		"NUL":              "1\nA\x00\t1\t2\nA\t1\tB\t1\n",
		"not UTF-8":        "1\nA\xff\t1\t2\nA\t1\tB\t1\n",
		"long name":        "1\n" + strings.Repeat("A", 201) + "\t1\t2\nA\t1\tB\t1\n",
		"long line":        "1\n" + strings.Repeat("A", 1<<17),
	} {
		if _, err := ReadLFWPairs(strings.NewReader(file)); !errors.Is(err, ErrFormat) {
			t.Errorf("pairs, %s: %v", name, err)
		}
	}
	for name, file := range map[string]string{
		"empty": "", "no count": "A\t1\n", "short": "2\nA\t1\n", "long": "1\nA\t1\nB\t1\n", "parent": "1\n..\t1\n",
		"folds short": "2\n1\nA\t1\n", "separator": "1\na/b\t1\n", "none": "1\n", "zero fold": "1\n0\n",
	} {
		if _, err := ReadLFWPeople(strings.NewReader(file)); !errors.Is(err, ErrFormat) {
			t.Errorf("people, %s: %v", name, err)
		}
	}
	broken := io.MultiReader(strings.NewReader("1\nA\t1\t2\n"), errReader{})
	if _, err := ReadLFWPairs(broken); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the reader's own error is lost: %v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestReadPairs(t *testing.T) {
	in := "# test set\n\na.jpg\tb c.jpg\t1\r\nx.jpg, y.jpg ,0\n\"p,q.jpg\",r.jpg,1\n../m.jpg /n.jpg 0\n"
	want := []FilePair{{"a.jpg", "b c.jpg", true}, {"x.jpg", "y.jpg", false}, {"p,q.jpg", "r.jpg", true},
		{"../m.jpg", "/n.jpg", false}}
	got, err := ReadPairs(strings.NewReader(in))
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for _, bad := range []string{"a b\n", "a\tb\t2\n", "a.jpg,b.jpg,yes\n", "a,b,1\na,b,yes\n",
		"left,right,same\na,b,yes\n",
		"left,right\na,b,1\n", "left,right,same\nleft,right,same\n", "a\t\t1\n", "a\tb\x00\t1\n", "a,\"b,1\n",
		"a\tb\t1\t1\n", strings.Repeat("x", 1<<17)} {
		if _, err := ReadPairs(strings.NewReader(bad)); !errors.Is(err, ErrFormat) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	for _, nothing := range []string{"# nothing\n", "left,right,same\n"} {
		if _, err := ReadPairs(strings.NewReader(nothing)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", nothing, err)
		}
	}
	for _, head := range []string{"left,right,same\n", "# x\n\nphoto a\tphoto b\tis one person\n",
		"\"a\",\"b\",\"y\"\n"} {
		if got, err := ReadPairs(strings.NewReader(head + in)); err != nil || len(got) != len(want) {
			t.Errorf("%q: %v, %v", head, got, err)
		}
	}
}

// FuzzPairs feeds every reader: none may crash, and no photo's path may leave the folder of images.
func FuzzPairs(f *testing.F) {
	for _, s := range []string{
		"1\nA_B\t1\t2\nA_B\t1\tC\t3\n", "2\t1\nA\t1\t2\nA\t1\tB\t1\nC\t1\t2\nC\t1\tD\t1\n", "1\n1\nA\t1\n",
		"2\nA\t1\nB\t2\n",
		"1\n..\t1\t2\nA\t1\tB\t1\n", "a,b,1\n", "a\tb\t0\n", "# c\n\"a,b\",c,1\n", "0.5 0.1\n1 NaN\n",
		"\ufeff1\nA 1 2\nA 1 B 1", "9999999 9999999\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(p LFWPhoto) {
			if w := p.Path(); !filepath.IsLocal(w) || path.Dir(w) != p.Name || strings.Count(w, "/") != 1 ||
				strings.Contains(w, `\`) {
				t.Fatalf("%q leads to %q", p.Name, w)
			}
		}
		if p, err := ReadLFWPairs(strings.NewReader(s)); err == nil {
			if len(p.Pairs) != 2*p.Folds*p.PerFold {
				t.Fatalf("%d pairs of %d folds of %d", len(p.Pairs), p.Folds, p.PerFold)
			}
			for _, pair := range p.Pairs {
				check(pair.A)
				check(pair.B)
			}
		} else if !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		if folds, err := ReadLFWPeople(strings.NewReader(s)); err == nil {
			for _, fold := range folds {
				for _, p := range fold {
					check(LFWPhoto{p.Name, p.Photos})
				}
			}
		} else if !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		if p, err := ReadPairs(strings.NewReader(s)); err == nil {
			for _, x := range p {
				if x.A == "" || x.B == "" || strings.ContainsAny(x.A+x.B, "\x00\n") {
					t.Fatalf("%+v", x)
				}
			}
		} else if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrEmpty) {
			t.Fatal(err)
		}
		if c, err := ReadPublished("", strings.NewReader(s)); err == nil {
			for i := range c.TAR {
				if !(c.TAR[i] >= 0 && c.TAR[i] <= 1 && c.FAR[i] >= 0 && c.FAR[i] <= 1) {
					t.Fatalf("%v %v", c.TAR[i], c.FAR[i])
				}
			}
		}
	})
}
