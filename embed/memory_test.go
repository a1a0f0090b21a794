package embed

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"faceid/models"
)

func peakRSS() int64 {
	b, _ := os.ReadFile("/proc/self/status")
	for l := range strings.Lines(string(b)) {
		if f := strings.Fields(l); len(f) == 3 && f[0] == "VmHWM:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// photoChild looks for faces in a file as a user's program does, and prints by how much the memory of its process grew
// at the most, and the photo's size.
func photoChild(path string) error {
	s, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		return err
	}
	pack, err := s.Pack("default")
	if err != nil {
		return err
	}
	p, err := Open(context.Background(), s, pack, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	before := peakRSS()
	ph := p.Photo(context.Background(), Input{Path: path})
	fmt.Printf("%d %d %d\n", peakRSS()-before, ph.Width, ph.Height)
	return ph.Err
}

// A photo of 100 megapixels without a face is looked at again and again; that took four times its size.
func TestPhotoMemory(t *testing.T) {
	if runtime.GOOS != "linux" || raceEnabled {
		t.Skip("reads /proc; the race detector takes memory of its own")
	}
	side := 10_000
	if testing.Short() {
		side = 5000
	}
	open(t, "default", nil) // skips where there are no models
	var g bytes.Buffer
	flat := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
	if err := gif.Encode(&g, flat, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "photo.gif")
	if err := os.WriteFile(path, g.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "EMBED_TEST_PHOTO="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%.1000s", err, out)
	}
	var grew int64
	if _, err := fmt.Sscan(string(out), &grew); err != nil {
		t.Fatal(err)
	}
	bound := 4*int64(side*side) + 50<<20 // and the models' tensors
	t.Logf("%d MB", grew/1e6)
	if grew > bound {
		t.Errorf("took %d MB, the bound is %d", grew/1e6, bound/1e6)
	}
}
