//go:build unix

package embed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is not a regular file is refused at once: a FIFO nobody writes to hung for good before, and /dev/zero took all
// memory.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	fifo, socket := filepath.Join(dir, "fifo"), filepath.Join(dir, "socket")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Pipeline{}
	for path, says := range map[string]string{fifo: "a pipe", socket: "a socket", "/dev/zero": "a device",
		dir: "is a folder", filepath.Join(dir, "none"): "no such file"} {
		ph := p.Photo(t.Context(), Input{Path: path})
		if ph.Err == nil || !strings.Contains(ph.Err.Error(), says) || !strings.Contains(ph.Err.Error(), path) {
			t.Errorf("%s: %v, want %q", path, ph.Err, says)
		}
		var d *DecodeError
		if strings.HasPrefix(says, "a ") && (!errors.As(ph.Err, &d) || !strings.Contains(d.Hint(), "standard input")) {
			t.Errorf("%s: %v has no hint", path, ph.Err)
		}
	}
	// A link to a file is as good as the file.
	link := filepath.Join(dir, "link")
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("no photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	if ph := p.Photo(t.Context(), Input{Path: link}); !errors.Is(ph.Err, ErrFormat) ||
		errors.As(ph.Err, new(*os.PathError)) {
		t.Error(ph.Err)
	}
}

// A run whose input never comes ends with its context.
func TestRunEndsWhileReading(t *testing.T) {
	r, w := io.Pipe() // nobody writes
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	p := &Pipeline{Workers: 1}
	go func() {
		b := make([]byte, 1<<20)
		for !strings.Contains(string(b[:runtime.Stack(b, true)]), "io.(*pipe).read") { // until the read has begun
			runtime.Gosched()
		}
		cancel()
	}()
	for ph := range p.Run(ctx, func(yield func(Input) bool) { yield(Input{Path: "-", Reader: r}) }) {
		t.Errorf("got a photo: %v", ph.Err)
	}
	if ctx.Err() == nil {
		t.Error("the run ended by itself")
	}
}

// A photo from a reader is the photo of the file.
func TestReader(t *testing.T) {
	b := readFile(t, filepath.Join("photo", "testdata", "pictures", "exif6.jfif"))
	p := &Pipeline{Aligned: true}
	want := p.Photo(t.Context(), Input{Data: b})
	got := p.Photo(t.Context(), Input{Path: "-", Reader: bytes.NewReader(b)})
	if want.Err != nil || got.Err != nil || got.SHA256 != want.SHA256 || got.Width != want.Width ||
		len(got.Faces) != 1 {
		t.Errorf("%+v, want %+v", got, want)
	}
	p.Decode = &DecodeOptions{MaxBytes: int64(len(b)) - 1}
	if ph := p.Photo(t.Context(), Input{Path: "-", Reader: bytes.NewReader(b)}); !errors.Is(ph.Err, ErrTooLarge) {
		t.Error(ph.Err)
	}
}

// Detection looks at the context between its views, whatever leads to them.
func TestDetectionEndsWithItsContext(t *testing.T) {
	p := open(t, "default", &OpenOptions{NoEmbedder: true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ph := p.Photo(ctx, Input{Path: "x", Image: NewImage(4000, 3000)}); !errors.Is(ph.Err, context.Canceled) {
		t.Error(ph.Err)
	}
}
