package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/disintegration/imaging"
	"github.com/rogpeppe/go-internal/testscript"

	"faceid/embed"
	"faceid/internal/golden"
	"faceid/models"
	"faceid/recognize"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"faceid": func() { os.Exit(checked()) }})
}

// The scripts in testdata/script run the real program: on photos/, which testPeople makes, and on formats/ and onnx/,
// the files of testdata/.
func TestScript(t *testing.T) {
	people := testPeople(t)
	store, err := models.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("FACEID_CACHE", filepath.Join(env.WorkDir, "cache")) // of its own: scripts add models
			env.Setenv("FACEID_MODELS", store.Dir()+string(filepath.ListSeparator)+os.Getenv("FACEID_MODELS"))
			env.Setenv("FACEID_GALLERY", filepath.Join(env.WorkDir, "test.db"))
			env.Setenv("FACEID_ORT", os.Getenv("FACEID_ORT"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("FACEID_HOLD_JSON", "1")
			return errors.Join(os.CopyFS(filepath.Join(env.WorkDir, "photos"), os.DirFS(people)),
				os.CopyFS(filepath.Join(env.WorkDir, "formats"), os.DirFS(golden.Path(t, "formats"))),
				os.CopyFS(filepath.Join(env.WorkDir, "onnx"), os.DirFS(golden.Path(t, "onnx"))))
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits is the script command "exits CODE PROGRAM ARG...": exec with that exit code and no other, which ! exec cannot
// tell.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

var makePeople = sync.OnceValues(func() (string, error) {
	a := &app{streams: streams{out: &bytes.Buffer{}, err: os.Stderr}}
	defer a.close()
	ctx := context.Background()
	r, err := a.recognizer(ctx, viewFlags{plain: true}, recognize.Options{})
	if err != nil {
		return "", err
	}
	samples, err := r.Models().Samples(ctx)
	if err != nil {
		return "", err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "faceid-test-")
	if err != nil {
		return "", err
	}
	lfw, err := golden.LFW(6, 3)
	if err != nil {
		return "", err
	}
	for i, paths := range lfw {
		for k, path := range paths {
			to := filepath.Join(dir, "people", fmt.Sprintf("P0%02d", i), string(rune('a'+k))+".jpg")
			if err := copyFile(to, path); err != nil {
				return "", err
			}
		}
	}
	first := min(1, len(lfw)) // the people of LFW are P0
	for photo := range p.Run(ctx, embed.Files(samples...)) {
		if photo.Err != nil {
			return "", photo.Err
		}
		m, err := imaging.Open(photo.Path, imaging.AutoOrientation(true))
		if err != nil {
			return "", err
		}
		for i, f := range photo.Faces {
			if err := writePerson(dir, fmt.Sprintf("P%d%02d", photo.Index+first, i), m, f); err != nil {
				return "", err
			}
		}
		if photo.Index == 0 {
			if err := writeJPEG(filepath.Join(dir, "group.jpg"), m, 92); err != nil {
				return "", err
			}
		}
	}
	if err := leading(dir); err != nil {
		return "", err
	}
	small, err := imaging.Open(filepath.Join(dir, "people", "P001", "a.jpg"))
	if err != nil {
		return "", err
	}
	if err := writeJPEG(filepath.Join(dir, "small.jpg"), imaging.Resize(small, 0, 60, imaging.Box), 92); err != nil {
		return "", err
	}
	blank := image.NewNRGBA(image.Rect(0, 0, 320, 240))
	for i := range blank.Pix {
		blank.Pix[i] = byte(128 + i%16)
	}
	if err := writeJPEG(filepath.Join(dir, "noface.jpg"), blank, 90); err != nil {
		return "", err
	}
	b, err := os.ReadFile(filepath.Join(dir, "group.jpg"))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "noend.jpg"), b[:len(b)-2], 0o600); err != nil { // without its end marker
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "truncated.jpg"), b[:len(b)/2], 0o600); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "notes.jpg"), []byte("this is no photo\n"), 0o600)
})

// testPeople is a folder of one-face photos people/NAME/{a,b,c}.jpg, with group.jpg, noend.jpg, lead.jpg, small.jpg (of
// P001), noface.jpg, truncated.jpg and notes.jpg (a text) beside it. P000 to P005 are people of LFW in three photos
// each, where LFW is at hand. The others, and all of them where it is not, are cut from the sample photos, of which
// there is one of each person: as it is, mirrored, darker.
func testPeople(t *testing.T) string {
	t.Helper()
	dir, err := makePeople()
	if err != nil {
		if os.Getenv("FACEID_REQUIRE_ORT") == "1" {
			t.Fatal(err)
		}
		t.Skipf("models, runtime or sample photos are not set up (make setup): %v", err)
	}
	return dir
}

// leading makes lead.jpg of two people: P000 large in the middle, P001 a sixth as large in a corner.
func leading(dir string) error {
	m := imaging.New(900, 700, color.NRGBA{128, 128, 128, 255})
	for i, h := range []int{600, 100} {
		face, err := imaging.Open(filepath.Join(dir, "people", fmt.Sprintf("P00%d", i), "a.jpg"))
		if err != nil {
			return err
		}
		face = imaging.Resize(face, 0, h, imaging.Linear)
		at := image.Pt(450-face.Bounds().Dx()/2, 50)
		if i == 1 {
			at = image.Pt(0, 0)
		}
		m = imaging.Paste(m, face, at)
	}
	return writeJPEG(filepath.Join(dir, "lead.jpg"), m, 92)
}

func writePerson(dir, name string, m image.Image, f embed.Face) error {
	w, h := f.Box.X1-f.Box.X0, f.Box.Y1-f.Box.Y0
	cut := imaging.Crop(m, image.Rect(int(f.Box.X0-w*0.35), int(f.Box.Y0-h*0.35), int(f.Box.X1+w*0.35),
		int(f.Box.Y1+h*0.35)))
	cut = imaging.Fit(imaging.Resize(cut, 0, 240, imaging.Linear), 480, 240, imaging.Linear)
	for file, m := range map[string]image.Image{"a.jpg": cut, "b.jpg": imaging.FlipH(cut),
		"c.jpg": imaging.AdjustBrightness(cut, -15)} {
		if err := writeJPEG(filepath.Join(dir, "people", name, file), m, 92); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

func writeJPEG(path string, m image.Image, quality int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return jpeg.Encode(f, m, &jpeg.Options{Quality: quality})
}

// faceidCmd is the real program as a process of its own.
func faceidCmd(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("faceid") // put there by testscript.Main
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, args...)
}
