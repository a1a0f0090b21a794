//go:build unix

// Package weaviatetest starts real Weaviate clusters on loopback, for tests and benchmarks.
//
//	c, err := weaviatetest.Start(ctx, binary, dir, 3)
//	defer c.Stop()
//	engine, err := weaviate.Open(ctx, "weaviate://"+strings.Join(c.Hosts(), ",")+"/Faces", …)
//
// Nodes run without authentication, on 127.0.0.1 only, on free ports, with their data below dir. They are killed by
// process id, by Stop or when this process ends in whatever way.
//
// # Design
//
// A real server and no mock: what matters here (replicas that lag, a node that dies in a write) is what a mock would
// assume away. The server is built once into the user's cache, outside the module, since its dependencies would
// multiply ours; a small shell holds it, which kills it when its standard input ends, because a test that is
// killed runs no clean-up.
package weaviatetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Version is the server that Binary looks for and Build makes.
const Version = "v1.35.2"

// Binary returns the server's path: FACEID_WEAVIATE_SERVER if set, else the one that Build put into the cache. The
// error says how to get one.
func Binary() (string, error) {
	if p := os.Getenv("FACEID_WEAVIATE_SERVER"); p != "" {
		if _, err := os.Stat(p); err != nil {
			return "", fmt.Errorf("FACEID_WEAVIATE_SERVER: %w", err)
		}
		return p, nil
	}
	p, err := cached()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(p); err != nil {
		return "", fmt.Errorf("no Weaviate server %s: build it with `go run ./bench/cluster -build` (some minutes), "+
			"or set FACEID_WEAVIATE_SERVER", Version)
	}
	return p, nil
}

func cached() (string, error) {
	dir := os.Getenv("FACEID_CACHE")
	if dir == "" {
		c, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no cache folder: %w", err)
		}
		dir = filepath.Join(c, "faceid")
	}
	return filepath.Join(dir, "weaviate", "weaviate-server-"+Version), nil
}

// Build compiles the server into the cache, unless it is there, and returns its path. It takes some minutes and
// fetches the server's modules; log gets what the go command says.
func Build(ctx context.Context, log io.Writer) (string, error) {
	p, err := cached()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(p); err == nil {
		return p, nil
	}
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(p), "build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, "go", "install", "github.com/weaviate/weaviate/cmd/weaviate-server@"+Version)
	cmd.Dir = tmp // outside our module, so that go.mod stays as it is
	cmd.Env = append(os.Environ(), "GOBIN="+tmp, "GOFLAGS=-mod=mod", "GOWORK=off")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build Weaviate %s: %w", Version, err)
	}
	built := filepath.Join(tmp, "weaviate-server")
	if err := os.Rename(built, p); err != nil {
		return "", err
	}
	return p, nil
}

// Cluster is some nodes on loopback.
type Cluster struct{ Nodes []*Node }

// Node is one server. Its methods are not safe for concurrent use.
type Node struct {
	Host string // 127.0.0.1:port, of the REST interface

	binary, dir string
	env         []string
	others      []string // gossip addresses of the others
	shell       *exec.Cmd
	stdin       io.Closer
	pid         int
}

// ports of a node.
type ports struct{ rest, grpc, gossip, data, raft, rpc, profile int }

// Start starts n nodes with data below dir and waits until all are ready, at most two minutes.
func Start(ctx context.Context, binary, dir string, n int) (*Cluster, error) {
	all := make([]ports, n)
	var join []string
	for i := range all {
		p, err := freePorts(7)
		if err != nil {
			return nil, err
		}
		if i > 0 && slices.ContainsFunc(all[:i],
			func(q ports) bool { return max(q.rest, p[0])-min(q.rest, p[0]) < 7 }) {
			return Start(ctx, binary, dir, n) // two nodes drew the same
		}
		all[i] = ports{p[0], p[1], p[2], p[3], p[4], p[5], p[6]}
		join = append(join, fmt.Sprintf("node%d:%d", i+1, all[i].raft))
	}
	c := &Cluster{}
	for i, p := range all {
		node := &Node{
			Host: "127.0.0.1:" + strconv.Itoa(p.rest), binary: binary,
			dir: filepath.Join(dir, fmt.Sprintf("node%d", i+1)),
			env: []string{
				"CLUSTER_HOSTNAME=" + fmt.Sprintf("node%d", i+1),
				"CLUSTER_IN_LOCALHOST=true", "CLUSTER_ADVERTISE_ADDR=127.0.0.1",
				fmt.Sprintf("CLUSTER_GOSSIP_BIND_PORT=%d", p.gossip), fmt.Sprintf("CLUSTER_DATA_BIND_PORT=%d", p.data),
				fmt.Sprintf("RAFT_PORT=%d", p.raft), fmt.Sprintf("RAFT_INTERNAL_RPC_PORT=%d", p.rpc),
				"RAFT_JOIN=" + strings.Join(join, ","), fmt.Sprintf("RAFT_BOOTSTRAP_EXPECT=%d", n),
				fmt.Sprintf("GRPC_PORT=%d", p.grpc), fmt.Sprintf("GO_PROFILING_PORT=%d", p.profile),
				"GO_PROFILING_DISABLE=true",
				"AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED=true", "DISABLE_TELEMETRY=true",
				"DEFAULT_VECTORIZER_MODULE=none",
				"ENABLE_MODULES=", "API_BASED_MODULES_DISABLED=true", "LOG_LEVEL=warning",
				"DISK_USE_READONLY_PERCENTAGE=99", "DISK_USE_WARNING_PERCENTAGE=98",
			},
		}
		for j, q := range all {
			if j != i {
				node.others = append(node.others, "127.0.0.1:"+strconv.Itoa(q.gossip))
			}
		}
		c.Nodes = append(c.Nodes, node)
		err := node.spawn(i > 0)
		if err == nil && i == 0 && n > 1 { // a node that can join nobody ends
			err = waitPort(ctx, p.gossip)
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, node.logTail())
			c.Stop()
			return nil, err
		}
	}
	for _, node := range c.Nodes {
		if err := node.WaitReady(ctx); err != nil {
			err = fmt.Errorf("%w\n%s", err, node.logTail())
			c.Stop()
			return nil, err
		}
	}
	return c, nil
}

// Hosts returns the REST addresses of all nodes, running or not.
func (c *Cluster) Hosts() []string {
	var h []string
	for _, n := range c.Nodes {
		h = append(h, n.Host)
	}
	return h
}

// Stop kills all nodes and waits until they are gone. Their data stay.
func (c *Cluster) Stop() {
	for _, n := range c.Nodes {
		n.Kill()
	}
}

// hold starts the server, says its process id, and kills it when standard input ends, which is at the latest when
// the process at the other end of the pipe is no more.
const hold = `"$@" </dev/null >>"$0" 2>&1 & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait`

// spawn starts the server; join: among others that run already.
func (n *Node) spawn(join bool) error {
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(n.Host)
	if err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", hold, n.log(), n.binary, "--host", "127.0.0.1", "--port", port, "--scheme", "http")
	cmd.Env = append(n.env, "PATH="+os.Getenv("PATH"), "HOME="+n.dir,
		"PERSISTENCE_DATA_PATH="+filepath.Join(n.dir, "data"))
	if join && len(n.others) > 0 {
		cmd.Env = append(cmd.Env, "CLUSTER_JOIN="+strings.Join(n.others, ","))
	}
	cmd.Dir = n.dir
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Weaviate: %w", err)
	}
	n.shell, n.stdin = cmd, in
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		n.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		n.Kill()
		return fmt.Errorf("start Weaviate: %w", err)
	}
	return nil
}

// Kill ends the node as a power cut would (SIGKILL) and waits until it is gone. A second call does nothing.
func (n *Node) Kill() {
	if n.shell == nil {
		return
	}
	n.stdin.Close()
	n.shell.Wait() // the shell waits for the server
	n.shell, n.pid = nil, 0
}

// Pause stops the node without ending it (SIGSTOP): connections stay open and nothing answers. Resume goes on.
func (n *Node) Pause() error { return n.signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (n *Node) Resume() error { return n.signal(syscall.SIGCONT) }

func (n *Node) signal(s syscall.Signal) error {
	if n.pid == 0 {
		return errors.New("weaviatetest: node is not running")
	}
	p, err := os.FindProcess(n.pid)
	if err != nil {
		return err
	}
	return p.Signal(s)
}

// Restart starts a killed node on its old data and ports and waits until it is ready.
func (n *Node) Restart(ctx context.Context) error {
	n.Kill()
	join := false
	for _, addr := range n.others {
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			c.Close()
			join = true
		}
	}
	if err := n.spawn(join); err != nil {
		return err
	}
	if err := n.WaitReady(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, n.logTail())
	}
	return nil
}

// WaitReady waits until the node answers, at most two minutes.
func (n *Node) WaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	client := &http.Client{Timeout: 2 * time.Second}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Host+"/v1/.well-known/ready", nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(resp.Status)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("weaviate at %s is not ready: %w (%v)", n.Host, ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (n *Node) log() string { return filepath.Join(n.dir, "log") }

func (n *Node) logTail() string {
	b, _ := os.ReadFile(n.log())
	return string(b[max(0, len(b)-2000):])
}

// freePorts returns n ports in a row that nobody listens on, below those that systems give to outgoing connections.
func freePorts(n int) ([]int, error) {
	for range 1000 {
		first := 15000 + rand.IntN(15000)
		var out []int
		for p := first; p < first+n && free(p); p++ {
			out = append(out, p)
		}
		if len(out) == n {
			return out, nil
		}
	}
	return nil, errors.New("weaviatetest: no free ports")
}

// waitPort waits until somebody listens, at most a minute.
func waitPort(ctx context.Context, port int) error {
	for range 600 {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("weaviatetest: nobody listens on port %d", port)
}

func free(port int) bool {
	addr := "127.0.0.1:" + strconv.Itoa(port)
	t, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	defer t.Close()
	u, err := net.ListenPacket("udp", addr)
	if err != nil {
		return false
	}
	u.Close()
	return true
}
