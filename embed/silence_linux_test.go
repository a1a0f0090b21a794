package embed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"faceid/internal/golden"
	"faceid/models"
)

// world is an environment of a process's own: it finds the models of this machine, and all that it writes lands below
// one folder. CI is not set: ONNX Runtime keeps still where it is.
func world(t *testing.T) (dir string, env []string) {
	t.Helper()
	s := store(t)
	lib, err := s.Runtime(context.Background(), "")
	need(t, err)
	model, err := s.Path(context.Background(), "mobilefacenet")
	need(t, err)
	dir = t.TempDir()
	env = []string{"PATH=" + os.Getenv("PATH"), "FACEID_ORT=" + lib, "FACEID_MODELS=" + filepath.Dir(model),
		"FACEID_VIPS=" + s.Codec()}
	for _, v := range []string{"HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		p := filepath.Join(dir, strings.ToLower(v))
		if err := os.Mkdir(p, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, v+"="+p)
	}
	return dir, env
}

// samples are the sample photos of the catalogue.
func samples(t *testing.T) []string {
	t.Helper()
	var files []string
	s := store(t)
	for _, e := range s.Entries() {
		if e.Role == models.RoleSample {
			p, err := s.Path(context.Background(), e.Name)
			need(t, err)
			files = append(files, p)
		}
	}
	return files
}

// silent fails where a process asked for the network, for what identifies the machine, or left what nobody asked for.
func silent(t *testing.T, r traced, dir string) {
	t.Helper()
	if r.exit != 0 {
		t.Errorf("exit %d", r.exit)
	}
	if r.sockets > 0 {
		t.Errorf("%d system calls for sockets", r.sockets)
	}
	for _, f := range r.files {
		for _, bad := range []string{"machine-id", "/proc/self/cmdline", "resolv.conf", "nsswitch.conf", "/etc/hosts",
			"DeveloperTools", "mat-debug"} {
			if strings.Contains(f, bad) {
				t.Errorf("opened %s", f)
			}
		}
	}
	err := filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		if b := filepath.Base(p); err == nil && (b == "Microsoft" || b == "DeveloperTools" ||
			strings.HasPrefix(b, "mat-debug")) {
			t.Errorf("left %s", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// raced reports a build with the race detector, whose own runtime reads its command line.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// ONNX Runtime 1.30 makes a device id and sends what it counted to its maker, from about a second after it was loaded
// on.
func TestSilent(t *testing.T) {
	seconds := "5"
	if os.Getenv("FACEID_SLOW") == "1" {
		seconds = "60"
	}
	dir, env := world(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(env, "EMBED_TEST_SECONDS="+seconds, "EMBED_TEST_PHOTOS="+strings.Join(samples(t), "\n"))
	r := trace(t, cmd)
	if raced() {
		r.files = slices.DeleteFunc(r.files, func(f string) bool { return strings.Contains(f, "/proc/self/cmdline") })
	}
	if len(r.files) < 10 {
		t.Fatalf("%d files seen: the trace does not work", len(r.files))
	}
	silent(t, r, dir)
}

// Enrol and identify with the program itself, as people do, with and without leave to download.
func TestSilentProgram(t *testing.T) {
	people := 200 // some 15 seconds under the trace
	switch {
	case os.Getenv("FACEID_SLOW") == "1":
		people = 1600
	case testing.Short():
		people = 40
	}
	lfw := golden.Shared(t, "data", "lfw", "images")
	bin := filepath.Join(t.TempDir(), "faceid")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/faceid").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all, err := os.ReadDir(lfw)
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(d os.DirEntry) bool { return !d.IsDir() })
	folder := t.TempDir()
	for _, d := range all[:people] {
		if err := os.CopyFS(filepath.Join(folder, d.Name()), os.DirFS(filepath.Join(lfw, d.Name()))); err != nil {
			t.Fatal(err)
		}
	}
	probe, err := filepath.Glob(filepath.Join(folder, all[0].Name(), "*.jpg"))
	if err != nil || len(probe) == 0 {
		t.Fatal(probe, err)
	}
	for _, global := range [][]string{nil, {"--offline"}} {
		dir, env := world(t)
		for _, args := range [][]string{
			{"enroll", folder, "--largest", "--any-quality"}, {"identify", probe[0], "--largest"},
		} {
			cmd := exec.Command(bin, append(args, global...)...)
			cmd.Env = env
			start := time.Now()
			r := trace(t, cmd)
			t.Logf("%v: %v", cmd.Args[1:], time.Since(start))
			silent(t, r, dir)
		}
	}
}

// Its telemetry overflows the stack on a long command line.
func TestManyArguments(t *testing.T) {
	_, env := world(t)
	var args []string
	for i := range 2000 {
		args = append(args, fmt.Sprintf("a/folder/with/a/rather/long/name/photo%04d.jpg", i))
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(env, "EMBED_TEST_SECONDS=0", "EMBED_TEST_PHOTOS="+samples(t)[0])
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
}
