package curate

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/tidy"
)

// TestSort: photos of LFW without names come into the folders of their people.
func TestSort(t *testing.T) {
	of := lfw(t, 8, 4)
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.jpg")
	if err := os.WriteFile(broken, []byte("no photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	who := map[string]int{}
	var paths []string
	for i := range 4 { // mixed
		for p, list := range of {
			who[list[i]] = p
			paths = append(paths, list[i])
		}
	}
	paths = append(paths, broken)
	r, _ := open(t, recognize.Options{Select: embed.SelectCentral})
	seen := 0
	s, err := Sort(t.Context(), r, embed.Files(paths...), func(embed.Photo) { seen++ })
	if err != nil {
		t.Fatal(err)
	}
	if seen != 33 || s.Photos != 33 || len(s.Unread) != 1 || s.Unread[0].Path != broken || s.Calibrated != 0 ||
		s.Threshold <= 0.3 {
		t.Errorf("%d seen: %+v", seen, s)
	}
	if s.Faces+len(s.NoFace) < 31 {
		t.Errorf("%d faces, none in %v", s.Faces, s.NoFace)
	}
	pure, all := 0, len(s.Uncertain)
	for k, g := range s.People {
		if k > 0 && len(g.Faces) > len(s.People[k-1].Faces) {
			t.Errorf("person %d has more faces than the one before", k+1)
		}
		for _, f := range g.Faces {
			all++
			if who[f.Path] == who[g.Faces[0].Path] {
				pure++
			}
			if f.Number != 1 || f.Box.X1 <= f.Box.X0 {
				t.Errorf("%+v", f)
			}
		}
	}
	if all != s.Faces || len(s.People) > 10 || pure < s.Faces-1 {
		t.Errorf("%d people, %d of %d faces with their own, %d in doubt", len(s.People), pure, s.Faces,
			len(s.Uncertain))
	}

	out := filepath.Join(dir, "out")
	if err := s.Place(out, Copy); err != nil {
		t.Fatal(err)
	}
	copies := 0
	err = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			copies++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || copies != s.Faces {
		t.Errorf("%d copies of %d: %v", copies, s.Faces, err)
	}
	if err := s.Place(out, Copy); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a folder that holds something: %v", err)
	}
}

// TestSortCalibrated: the people of a gallery say from which score on two are one.
func TestSortCalibrated(t *testing.T) {
	r, p, _ := newGallery(t)
	of := templates(t, p, 12, 1)
	for i, ts := range of {
		if _, err := r.Enroll(t.Context(), string(rune('A'+i)), ts[0].Source.Path); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Sort(t.Context(), r, embed.Files(of[0][0].Source.Path), nil)
	if err != nil || s.Calibrated != 12 || len(s.People) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFill(t *testing.T) {
	faces := make([]Face, 6)
	for i := range faces {
		faces[i].Path = string(rune('a' + i))
	}
	var s Sorted
	s.fill(&tidy.Clusters{Groups: [][]int{{0}, {}, {1, 2, 3}}, Uncertain: []tidy.Doubt{{Photo: 4, Group: 2, Score: 0.4},
		{Photo: 5, Group: 1, Score: 0.3}}, Join: 0.5}, faces)
	if len(s.People) != 2 || len(s.People[0].Faces) != 3 || s.People[1].Faces[0].Path != "a" || s.Threshold != 0.5 {
		t.Errorf("%+v", s.People)
	}
	if len(s.Uncertain) != 2 || s.Uncertain[0].Person != 1 || s.Uncertain[1].Person != 0 || s.Uncertain[1].Path != "f" {
		t.Errorf("%+v", s.Uncertain)
	}
}

// TestPlace: links, photos of one name from two folders, and a photo of several faces, each of which is cut out.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"a/1.jpg", "b/1.jpg", "b/2.jpg"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	var group bytes.Buffer
	if err := png.Encode(&group, image.NewGray(image.Rect(0, 0, 100, 60))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths[1], group.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &Sorted{
		People: []Group{
			{[]Face{{Path: paths[0], Number: 1},
				{Path: paths[1], Number: 1, Box: embed.Box{X0: 10, Y0: 10, X1: 30, Y1: 40}}}},
			{[]Face{{Path: paths[1], Number: 3, Box: embed.Box{X0: 60, Y0: 10, X1: 90, Y1: 50}}}},
		},
		Uncertain: []Unsure{{Face: Face{Path: paths[2]}}},
	}
	for how, name := range map[Placing]string{Link: "links", Copy: "copies"} {
		out := filepath.Join(dir, name)
		if err := s.Place(out, how); err != nil {
			t.Fatal(err)
		}
		var got []string
		err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			rel, _ := filepath.Rel(out, path)
			if c, err := png.DecodeConfig(bytes.NewReader(b)); err == nil { // 40 % around the box, inside the photo
				b = fmt.Appendf(nil, "%d×%d", c.Width, c.Height)
			}
			got = append(got, filepath.ToSlash(rel)+"="+string(b))
			if (d.Type() == fs.ModeSymlink) != (how == Link && filepath.Ext(path) != ".png") {
				t.Errorf("%s is %v", path, d.Type())
			}
			return err
		})
		want := "@uncertain/2.jpg=b/2.jpg person-0001/1 face 1.png=36×52 person-0001/1.jpg=a/1.jpg " +
			"person-0002/1 face 3.png=52×60"
		slices.Sort(got)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	s.People[0].Faces[0].Path = filepath.Join(dir, "gone.jpg")
	if err := s.Place(filepath.Join(dir, "broken"), Copy); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a photo that is gone: %v", err)
	}
}
