//go:build unix

package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
)

//go:embed torch_peer.py
var peerScript string

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
