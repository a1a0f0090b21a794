package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/recognize"
)

// tree makes empty files, and links for what says "NAME -> TARGET".
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		name, target, link := strings.Cut(n, " -> ")
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil && link {
			err = os.Symlink(target, path)
		} else if err == nil {
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// told is a List in words, relative to dir.
func told(dir string, f List) (photos, passed string, bad []error) {
	rel := func(p string) string {
		r, err := filepath.Rel(dir, p)
		if err != nil {
			return p
		}
		return filepath.ToSlash(r)
	}
	var a, b []string
	for _, x := range f.Photos {
		a = append(a, x.Label+"="+rel(x.Path))
	}
	for _, p := range f.Passed {
		b = append(b, rel(p.Path))
	}
	slices.Sort(b)
	return strings.Join(a, " "), strings.Join(b, " "), f.Bad
}

func TestWalk(t *testing.T) {
	for _, c := range []struct {
		what                 string
		names                []string
		photos, passed, left string // left: the people left out
		err                  error  // of the first who was left out
	}{
		{"what file servers leave", []string{"Ada/1.jpg", "Ada/@eaDir/1.jpg/THUMB.jpg", "#recycle/2.jpg",
			"$RECYCLE.BIN/3.jpg", "lost+found/4.jpg",
			".thumbnails/5.jpg", "__MACOSX/Ada/6.jpg"},
			"Ada=Ada/1.jpg", "#recycle $RECYCLE.BIN Ada/@eaDir __MACOSX lost+found", "", nil},
		{"people one level deeper", []string{"lfw/Ada/1.jpg", "lfw/Kofi/1.jpg"}, "", "", "lfw", &SeveralError{}},
		{"one person of several", []string{"Ada/2019/1.jpg", "Ada/2020/1.jpg", "Bob/1.jpg", "Bob/more/2.jpg"},
			"Bob=Bob/1.jpg Bob=Bob/more/2.jpg", "", "Ada", &SeveralError{}},
		{"a level too high beside another", []string{"A/Al/1.jpg", "A/Ali/1.jpg", "B/Frist/1.jpg", "C/1.jpg"},
			"C=C/1.jpg", "", "A B", &SeveralError{}},
		{"one folder below", []string{"Ada/2020/1.jpg", "Bob/1.jpg"}, "Ada=Ada/2020/1.jpg Bob=Bob/1.jpg", "", "", nil},
		{"a linked person", []string{"set/Ada/1.jpg", "set/Bob -> ../else/Bob", "else/Bob/1.jpg"},
			"Ada=set/Ada/1.jpg Bob=set/Bob/1.jpg", "", "", nil},
		{"a loop", []string{"Ada/1.jpg", "Ada/up -> ..", "Ada/self -> ."}, "Ada=Ada/1.jpg", "Ada/self Ada/up", "", nil},
		{"a second name", []string{"Ada/1.jpg", "A -> Ada"}, "Ada=Ada/1.jpg", "A", "", nil},
		{"numbers for names", []string{"#1/1.jpg", "Ada/1.jpg"}, "Ada=Ada/1.jpg", "", "#1", nil},
		{"a link to nothing", []string{"Ada/1.jpg", "Bob -> nowhere"}, "Ada=Ada/1.jpg", "", "", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := tree(t, c.names...)
			root := dir
			if strings.HasPrefix(c.names[0], "set/") {
				root = filepath.Join(dir, "set")
			}
			f, err := People(root)
			if err != nil {
				t.Fatal(err)
			}
			photos, passed, bad := told(dir, f)
			if photos != c.photos || passed != c.passed {
				t.Errorf("photos %q, passed over %q; want %q, %q", photos, passed, c.photos, c.passed)
			}
			var left []string
			for _, err := range bad {
				var p *recognize.PersonError
				if !errors.As(err, &p) {
					t.Fatal(err)
				}
				left = append(left, p.Name)
			}
			if got := strings.Join(left, " "); got != c.left {
				t.Errorf("left out %q, want %q", got, c.left)
			}
			var several *SeveralError
			if c.err != nil && !errors.As(bad[0], &several) {
				t.Error(bad[0])
			}
		})
	}
}

// One folder that cannot be read does not end the walk.
func TestWalkUnreadable(t *testing.T) {
	dir := tree(t, "Ada/1.jpg", "Priv/1.jpg")
	private := filepath.Join(dir, "Priv")
	if err := os.Chmod(private, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(private, 0o700) })
	if _, err := os.ReadDir(private); err == nil {
		// Whoever may read everything (root) meets the same error at a folder that is gone; see walker.list.
		w := newWalker()
		w.list(filepath.Join(dir, "gone"))
		if len(w.Bad) != 1 || !errors.Is(w.Bad[0], fs.ErrNotExist) {
			t.Error(w.Bad)
		}
		return
	}
	f, err := People(dir)
	if err != nil || len(f.Photos) != 1 || len(f.Bad) != 1 || !errors.Is(f.Bad[0], fs.ErrPermission) {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestPeople(t *testing.T) {
	dir := t.TempDir()
	write := func(names ...string) {
		for _, n := range names {
			path := filepath.Join(dir, n)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := People(dir); !errors.Is(err, ErrNoPhotos) {
		t.Errorf("an empty folder: %v", err)
	}
	write("Ada/2.JPG", "Ada/old/1.png", "Ada/.thumbs/1.jpg", "Ada/notes.txt", "Bob/1.heic", ".git/x/1.jpg")
	f, err := People(dir)
	in := f.Photos
	var got []string
	for _, x := range in {
		rel, _ := filepath.Rel(dir, x.Path)
		got = append(got, x.Label+"="+filepath.ToSlash(rel))
	}
	if want := "Ada=Ada/2.JPG Ada=Ada/old/1.png Bob=Bob/1.heic"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("%v, %v", got, err)
	}
	if f, err := People(filepath.Join(dir, "Ada", "old")); err != nil || len(f.Photos) != 1 ||
		f.Photos[0].Label != "old" {
		t.Errorf("one person's folder: %v, %v", f, err)
	}
	write("loose.jpg")
	if _, err := People(dir); err == nil || !strings.Contains(err.Error(), "1 loose") {
		t.Errorf("photos beside folders: %v", err)
	}
}

func TestGoodLabels(t *testing.T) {
	in := slices.Concat(recognize.Labelled(" Ada ", "1.jpg"), recognize.Labelled("#3", "2.jpg"),
		recognize.Labelled("a\nb", "3.jpg", "4.jpg"))
	good, bad := GoodLabels(in)
	var p *recognize.PersonError
	if len(good) != 2 || good[0].Label != "Ada" || good[1].Label != "#3" || len(bad) != 1 || !errors.As(bad[0], &p) ||
		p.Photos != 2 || !errors.Is(p, gallery.ErrName) {
		t.Errorf("%v, %v", good, bad)
	}
}
