package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"faceid/bench/internal/peers"
	"faceid/recognize"
)

// startPython starts the peer on the models and the gallery of r, and waits until it answers.
func startPython(ctx context.Context, r *recognize.Recognizer, dir string, clients int) (*served, error) {
	py, err := peers.Python("venv-bench", "cv2, numpy, onnxruntime, waitress", "numpy>=2,<3", "onnxruntime>=1.24,<2",
		"opencv-python-headless>=4.10,<6", "waitress>=3,<4")
	if err != nil {
		return nil, err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	vectors := filepath.Join(dir, "vectors.f32")
	if err := dump(ctx, r, vectors); err != nil {
		return nil, err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	at := free.Addr().(*net.TCPAddr)
	free.Close()
	args := []string{filepath.Join("bench", "serve", "pyserver.py"), fmt.Sprint(at.Port),
		fmt.Sprint(runtime.GOMAXPROCS(0)), vectors, fmt.Sprint(p.Model().Dim)}
	for _, name := range []string{p.Pack.Detector, p.Pack.Landmarks, p.Pack.Embedder} {
		path, err := r.Models().Path(ctx, name)
		if err == nil && name == p.Pack.Detector {
			path, err = peers.FreeBatch(path, dir) // for several tiles in a run
		}
		if err != nil {
			return nil, err
		}
		args = append(args, path)
	}
	s := &served{cmd: exec.CommandContext(ctx, py, args...), url: "http://" + at.String()}
	s.cmd.Stderr = os.Stderr
	s.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1") // a thread per request
	s.http.Transport = &http.Transport{MaxIdleConnsPerHost: 4 * clients}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if a, err := s.http.Get(s.url); err == nil {
			a.Body.Close()
			return s, nil
		}
		if time.Now().After(end) {
			s.stop()
			return nil, fmt.Errorf("the Python server did not start; see above")
		}
	}
}

// dump writes the gallery's embeddings, little-endian float32, one template after the other.
func dump(ctx context.Context, r *recognize.Recognizer, file string) error {
	e, err := r.Gallery(ctx)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for t, err := range e.Templates(ctx, 0) {
		if err != nil {
			return err
		}
		if err := binary.Write(io.Writer(w), binary.LittleEndian, t.Embedding); err != nil {
			return err
		}
	}
	return w.Flush()
}
