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

	"faceid/bench/internal/peers"
)

//go:embed peers.py
var peerScript string

// peer is the running Python.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer() (*peer, error) {
	py, err := peers.Python("venv-bench", "numpy, faiss, usearch, hnswlib", "numpy", "faiss-cpu", "usearch", "hnswlib")
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
