package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

//go:embed peers.py
var peerScript string

func cacheDir() (string, error) {
	if dir := os.Getenv("FACEID_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "faceid"), err
}

// interpreter returns a Python with the peers: FACEID_BENCH_PYTHON, or one in a virtual environment in the cache, made if need be.
func interpreter() (string, error) {
	if py := os.Getenv("FACEID_BENCH_PYTHON"); py != "" {
		return py, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "venv-bench")
	py := filepath.Join(dir, "bin", "python")
	if runtime.GOOS == "windows" {
		py = filepath.Join(dir, "Scripts", "python.exe")
	}
	if exec.Command(py, "-c", "import numpy, faiss, usearch, hnswlib").Run() == nil {
		return py, nil
	}
	fmt.Fprintf(os.Stderr, "installing FAISS, usearch and hnswlib into %s (once; FACEID_BENCH_PYTHON names a ready interpreter)\n", dir)
	for _, args := range [][]string{{"python3", "-m", "venv", dir}, {py, "-m", "pip", "install", "-q", "numpy", "faiss-cpu", "usearch", "hnswlib"}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("%v: %w", args, err)
		}
	}
	return py, nil
}

// peer is the running Python.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer() (*peer, error) {
	py, err := interpreter()
	if err != nil {
		return nil, err
	}
	p := &peer{cmd: exec.Command(py, "-c", peerScript)}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

func (p *peer) call(answer any, cmd map[string]any) error {
	b, err := json.Marshal(cmd)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("peer: %w", err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("peer ended: %w", err)
	}
	return json.Unmarshal(line, answer)
}

func (p *peer) close() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

type answer struct {
	MS     float64     `json:"ms"`
	IDs    [][]int64   `json:"ids"`
	Scores [][]float64 `json:"scores"`
}

func (p *peer) search(name string, at, n, k int) (answer, error) {
	var a answer
	err := p.call(&a, map[string]any{"op": "search", "peer": name, "at": at, "n": n, "k": k})
	return a, err
}
