//go:build unix

package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed torch_peer.py
var peerScript string

// python returns an interpreter that can import torch, made if need be.
func python() (string, error) {
	if p := os.Getenv("FACEID_BENCH_PYTHON"); p != "" {
		return p, nil
	}
	cache := os.Getenv("FACEID_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(dir, "faceid")
	}
	venv := filepath.Join(cache, "venv-torch")
	bin := filepath.Join(venv, "bin", "python")
	if exec.Command(bin, "-c", "import torch, numpy").Run() == nil {
		return bin, nil
	}
	fmt.Fprintf(os.Stderr, "installing torch into %s (once; FACEID_BENCH_PYTHON names a ready interpreter instead)\n", venv)
	for _, args := range [][]string{
		{"python3", "-m", "venv", venv},
		{bin, "-m", "pip", "install", "--quiet", "torch", "numpy"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return bin, nil
}

// peer is one process that answers line by line: PyTorch's, or our own for memory.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(name string, args ...string) (*peer, error) {
	p := &peer{cmd: exec.Command(name, args...)}
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewScanner(out)
	return p, p.cmd.Start()
}

func startTorch(python string, threads int) (p *peer, version string, err error) {
	p, err = start(python, "-c", peerScript, strconv.Itoa(threads))
	if err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", python, err)
	}
	line, err := p.line()
	if err != nil {
		return nil, "", err
	}
	return p, line, nil
}

func (p *peer) line() (string, error) {
	if !p.out.Scan() {
		return "", fmt.Errorf("%s stopped: %v", p.cmd.Path, p.out.Err())
	}
	return p.out.Text(), nil
}

// ask sends a command and returns the answer, as a number where it is one.
func (p *peer) ask(format string, args ...any) (float64, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return 0, err
	}
	s, err := p.line()
	if err != nil || s == "ok" {
		return 0, err
	}
	return strconv.ParseFloat(s, 64)
}

func (p *peer) close() error {
	p.in.Close()
	return p.cmd.Wait()
}
