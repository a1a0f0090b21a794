package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"faceid/gallery"
	"faceid/gallery/sqlite"
)

// smallGallery is a gallery file of n people with two templates each, of a model that no command needs to load.
func smallGallery(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "g.db")
	m := gallery.Model{Name: "m", SHA256: fmt.Sprintf("%064x", 1), Dim: 32, Views: "plain"}
	g, err := sqlite.Open(path, &sqlite.Options{Model: &m, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		var ts []gallery.Template
		for k := range 2 {
			e := make([]float32, m.Dim)
			e[i%m.Dim], e[(i/m.Dim+k+1)%m.Dim] = 1, 0.3+e[(i/m.Dim+k+1)%m.Dim]
			ts = append(ts, gallery.Template{Embedding: e, Trunk: e})
		}
		if _, err := g.Enrol(t.Context(), []gallery.Enrolment{{Name: fmt.Sprintf("P%d", i), Templates: ts}},
			nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// faceidOut runs the program and returns what it printed and its exit code.
func faceidOut(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := faceidCmd(t, args...)
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	if e, ok := cmd.Run().(*exec.ExitError); ok {
		code = e.ExitCode()
	}
	return out.String(), err.String(), code
}

// TestFullDisk runs every command that writes with less and less room: it does what it says or says that the disk is
// full; the gallery stays readable and whole, with what was there before or all of it; and no half of a result is left
// under its name.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a small disk has to be mounted, which only root may do")
	}
	people := testPeople(t)
	photo := filepath.Join(people, "people", "P000", "a.jpg")
	source, more := smallGallery(t, 40), filepath.Join(t.TempDir(), "more.jsonl")
	if _, msg, code := faceidOut(t, "gallery", "export", "--gallery", smallGallery(t, 120), more); code != 0 {
		t.Fatal(msg)
	}
	faces := filepath.Join(t.TempDir(), "faces.db")
	if _, msg, code := faceidOut(t, "enroll", "--largest", "--gallery", faces, "Ada", photo); code != 0 {
		t.Fatal(msg)
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		args    []string
		gallery string // copied to the small disk as g.db; "": none
		result  string // file that is there, whole, or not at all
	}{
		{args: []string{"enroll", "--largest", "--any-quality", filepath.Join(people, "people")}, gallery: faces},
		{args: []string{"gallery", "import", more}, gallery: source},
		{args: []string{"gallery", "remove", "--yes", "P1", "P2", "P3"}, gallery: source},
		{args: []string{"gallery", "rename", "P1", "Ada", "--metadata", `{"n":"` + strings.Repeat("x", 20000) + `"}`},
			gallery: source},
		{args: []string{"gallery", "compact"}, gallery: source},
		{args: []string{"gallery", "calibrate"}, gallery: source},
		{args: []string{"gallery", "copy", source, at("copy.db")}},
		{args: []string{"gallery", "export", at("out.jsonl")}, gallery: source, result: at("out.jsonl")},
		{args: []string{"gallery", "export", at("out.npz")}, gallery: source, result: at("out.npz")},
		{args: []string{"embed", "--largest", "-o", at("e.npy"), photo}, result: at("e.npy")},
		{args: []string{"embed", "--largest", "-o", at("f.npy"), filepath.Join(people, "people")},
			result: at("f.npy.jsonl")},
		{args: []string{"detect", "--draw", at("d.png"), photo}, result: at("d.png")},
		{args: []string{"eval", "folder", "--sheet", at("s.png"), "--roc", at("r.png"),
			filepath.Join(people, "people")}, result: at("s.png")},
	} {
		t.Run(strings.Join(c.args[:2], " "), func(t *testing.T) {
			room := []int{0, 4, 16, 64, 256}
			if testing.Short() {
				room = []int{0, 64}
			}
			for _, kb := range room {
				onFullDisk(t, dir, c.gallery, kb, c.result, c.args)
			}
		})
	}
}

// onFullDisk runs a command with kb of room.
func onFullDisk(t *testing.T, dir, gallery string, kb int, result string, args []string) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	defer func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	db, before := filepath.Join(dir, "g.db"), ""
	list := func() string {
		t.Helper()
		out, msg, code := faceidOut(t, "gallery", "list", "--json", "--gallery", db)
		if code != 0 {
			t.Errorf("%d kB: %v: the gallery cannot be read: %s", kb, args, msg)
		}
		return out
	}
	if gallery != "" {
		b, err := os.ReadFile(gallery)
		if err == nil {
			err = os.WriteFile(db, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		before = list()
		args = append(append([]string{}, args...), "--gallery", db)
	}
	ballast := filepath.Join(dir, "ballast")
	fill(t, dir, ballast, kb)
	_, msg, code := faceidOut(t, args...)
	if code != 0 && !(code == 2 && (strings.Contains(msg, "no space left") || strings.Contains(msg, "full"))) {
		t.Errorf("%d kB: %v: exit code %d: %s", kb, args, code, msg)
	}
	if gallery != "" {
		list()
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(result); result != "" && code != 0 && err == nil {
		t.Errorf("%d kB: %v failed, and left %s", kb, args, result)
	}
	if gallery == "" {
		return
	}
	if out, msg, code := faceidOut(t, "gallery", "check", "--gallery", db); code != 0 {
		t.Errorf("%d kB: %v: check: %s%s", kb, args, out, msg)
	}
	after := list()
	if code != 0 && after != before {
		// What goes in many steps has done some of them: nobody who was there is lost.
		if !strings.HasPrefix(after, strings.TrimSuffix(before, "\n")) || args[1] != "import" && args[0] != "enroll" {
			t.Errorf("%d kB: %v failed, and changed\n%s\nto\n%s", kb, args, before, after)
		}
	}
}

// fill leaves kb of room in dir.
func fill(t *testing.T, dir, ballast string, kb int) {
	t.Helper()
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	free := int64(fs.Bavail)*fs.Bsize - int64(kb)<<10
	if err := os.WriteFile(ballast, make([]byte, free), 0o600); err != nil {
		t.Fatal(err)
	}
}
