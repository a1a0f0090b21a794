package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"faceid/embed"
)

// self runs this program again for one task, so that each is measured in a process of its own.
func self(lfw, pack string, mirror bool, child string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		exe = os.Args[0]
	}
	c := exec.Command(exe, "-child", child, "-lfw", lfw, "-pack", pack, fmt.Sprintf("-mirror=%v", mirror))
	c.Stderr = os.Stderr
	return c
}

// memory runs over all photos in a child and returns the peak of its resident memory in MB.
func memory(lfw, pack string, mirror bool) (float64, error) {
	out, err := self(lfw, pack, mirror, "memory").Output()
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	fmt.Print(string(out))
	lines := strings.Fields(string(out))
	return strconv.ParseFloat(lines[len(lines)-1], 64)
}

func memoryChild(files []string, pack string, mirror bool) error {
	return memoryOf(files, pack, mirror, 0)
}

func memoryOf(files []string, pack string, mirror bool, workers int) error {
	p, err := open(pack, mirror, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	p.Workers = workers
	var x, y []float64 // photos done, MB
	peak, n, none := 0.0, 0, 0
	start := time.Now()
	for ph := range p.Run(context.Background(), embed.Files(files...)) {
		if ph.Err != nil {
			return ph.Err
		}
		if len(ph.Faces) == 0 {
			none++
		}
		if n++; n%50 == 0 {
			mb, err := rss()
			if err != nil {
				return err
			}
			peak = max(peak, mb)
			if n > len(files)/4 { // after the warm-up
				x, y = append(x, float64(n)), append(y, mb)
			}
		}
	}
	fmt.Printf("memory over %d photos (every face, %d without one, %.1f photos/s): slope after the first quarter "+
		"%+.2f MB per 1,000 photos, peak MB:\n%.1f\n",
		n, none, float64(n)/time.Since(start).Seconds(), 1000*slope(x, y), peak)
	return nil
}

// slope is that of the least-squares line.
func slope(x, y []float64) float64 {
	var mx, my, xx, xy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(x))
	}
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
	}
	if xx == 0 {
		return 0
	}
	return xy / xx
}

// rss is this process's resident memory in MB; Linux only.
func rss() (float64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	s := bufio.NewScanner(bytes.NewReader(b))
	for s.Scan() {
		if f := strings.Fields(s.Text()); len(f) == 3 && f[0] == "VmRSS:" {
			kb, err := strconv.ParseFloat(f[1], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in /proc/self/status")
}

// coldStart returns the time of a whole process that verifies two photos, divided by that of one that only loads the
// library and the three sessions, on both cores too: medians of n each, in turns. The process is faceid verify.
func coldStart(lfw, pack string, mirror bool, n int, a, b string) (float64, error) {
	bin, clean, err := buildCLI()
	if err != nil {
		return 0, err
	}
	defer clean()
	var whole, sessions, bare []float64
	for i := range n + 2 {
		v := self(lfw, pack, mirror, "verify")
		if bin != "" {
			v = exec.Command(bin, "verify", a, b)
		}
		tv, err := timed(v)
		if err != nil {
			return 0, fmt.Errorf("verify: %w", err)
		}
		ts, err := timed(self(lfw, pack, mirror, "sessions"))
		if err != nil {
			return 0, fmt.Errorf("sessions: %w", err)
		}
		tb, err := timed(self(lfw, pack, mirror, "verify"))
		if err != nil {
			return 0, fmt.Errorf("embed: %w", err)
		}
		if i >= 2 { // the first two fill the page cache
			whole, sessions, bare = append(whole, tv), append(sessions, ts), append(bare, tb)
		}
	}
	what := "faceid verify"
	if bin == "" {
		what = "this program (cmd/faceid does not build)"
	}
	fmt.Printf("cold start, whole process, medians of %d: %s %.0f ms, package embed alone %.0f ms, library and "+
		"sessions only %.0f ms\n",
		n, what, 1e3*median(whole), 1e3*median(bare), 1e3*median(sessions))
	return median(whole) / median(sessions), nil
}

// buildCLI builds cmd/faceid; an empty path says that it does not build.
func buildCLI() (bin string, clean func(), err error) {
	dir, err := os.MkdirTemp("", "faceid-bench")
	if err != nil {
		return "", nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	bin = filepath.Join(dir, "faceid")
	info, ok := debug.ReadBuildInfo() // the module's path, whatever it is
	if !ok || exec.Command("go", "build", "-o", bin, info.Main.Path+"/cmd/faceid").Run() != nil {
		bin = ""
	}
	return bin, clean, nil
}

// timed runs a process and returns its seconds. Exit status 1 is verify's "different", which is as good.
func timed(c *exec.Cmd) (float64, error) {
	c.Stdout, c.Stderr = nil, nil
	var stderr bytes.Buffer
	c.Stderr = &stderr
	start := time.Now()
	err := c.Run()
	t := time.Since(start).Seconds()
	if e, ok := err.(*exec.ExitError); ok && e.ExitCode() == 1 && filepath.Base(c.Path) == "faceid" {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return t, err
}

// sessionsChild is the yardstick of the cold start: the library and the pack's three files as they are, sessions made
// side by side.
func sessionsChild(pack string) error {
	s, err := store()
	if err != nil {
		return err
	}
	pk, err := s.Pack(pack)
	if err != nil {
		return err
	}
	lib, err := s.Runtime(context.Background(), "")
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(lib)
	if err := ort.InitializeEnvironment(); err != nil {
		return err
	}
	var wg sync.WaitGroup
	names := []string{pk.Detector, pk.Landmarks, pk.Embedder}
	errs := make([]error, len(names))
	for i, name := range names {
		if name == "" {
			continue
		}
		wg.Go(func() {
			path, err := s.Path(context.Background(), name)
			if err != nil {
				errs[i] = err
				return
			}
			e, err := s.Entry(name)
			if err != nil {
				errs[i] = err
				return
			}
			o, err := ort.NewSessionOptions()
			if err != nil {
				errs[i] = err
				return
			}
			defer o.Destroy()
			o.SetIntraOpNumThreads(1)
			_, errs[i] = ort.NewDynamicAdvancedSession(path, []string{e.Input.Name}, e.Output.Names, o)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyChild does with package embed alone what faceid verify does.
func verifyChild(pack string, mirror bool, a, b string) error {
	p, err := open(pack, mirror, nil)
	if err != nil {
		return err
	}
	var f []embed.Face
	for ph := range p.Run(context.Background(), embed.Files(a, b)) {
		if ph.Err != nil || len(ph.Faces) == 0 {
			return fmt.Errorf("%s: no face, %v", ph.Path, ph.Err)
		}
		f = append(f, ph.Faces[0])
	}
	var s float32
	for i, x := range f[0].Embedding {
		s += x * f[1].Embedding[i]
	}
	fmt.Println(s)
	return nil
}
