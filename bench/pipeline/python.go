package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"faceid/bench/internal/peers"
)

//go:embed peer.py
var peerSource []byte

// requirements of the peer. Wheels of other versions may do as well; these are the ones measured.
var requirements = []string{"numpy>=2,<3", "onnxruntime>=1.24,<2", "opencv-python-headless>=4.10,<6"}

// python is a running peer.
type python struct {
	label string
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
}

func startPython(pack string, mirror bool, threads int, mode string) (*python, error) {
	py, err := peers.Python("venv-bench", "cv2, numpy, onnxruntime", requirements...)
	if err != nil {
		return nil, err
	}
	s, err := store()
	if err != nil {
		return nil, err
	}
	pk, err := s.Pack(pack)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "faceid-peer")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // the peer has read its models when it says that it is ready
	args := []string{"-c", string(peerSource)}
	for _, name := range []string{pk.Detector, pk.Landmarks, pk.Embedder} {
		path, err := s.Path(context.Background(), name)
		if err == nil && mode == "tiles" && name == pk.Detector {
			path, err = peers.FreeBatch(path, dir)
		}
		if err != nil {
			return nil, err
		}
		args = append(args, path)
	}
	m := "0"
	if mirror {
		m = "1"
	}
	p := &python{label: "with ONNX Runtime's default threads",
		cmd: exec.Command(py, append(args, m, strconv.Itoa(threads), mode)...)}
	if threads > 0 {
		p.label = fmt.Sprintf("with %d threads", threads)
	}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if !p.out.Scan() || !strings.HasPrefix(p.out.Text(), "ready") {
		p.close()
		return nil, errors.New("the Python peer did not start; see above")
	}
	fmt.Printf("Python peer %s: %s\n", p.label, strings.TrimPrefix(p.out.Text(), "ready "))
	return p, nil
}

// run returns the seconds that the peer took and the faces it found.
func (p *python) run(files []string) (float64, int, error) {
	if _, err := io.WriteString(p.in, strings.Join(files, "\n")+"\n\n"); err != nil {
		return 0, 0, err
	}
	if !p.out.Scan() {
		return 0, 0, errors.New("the Python peer ended; see above")
	}
	var s, sum float64
	var faces int
	_, err := fmt.Sscan(p.out.Text(), &s, &faces, &sum)
	return s, faces, err
}

func (p *python) close() {
	p.in.Close()
	p.cmd.Wait()
}
