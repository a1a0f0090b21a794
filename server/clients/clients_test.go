package clients

import (
	"bytes"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"faceid/server"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// client is one that exists, of a version, and how to have and run it.
type client struct {
	name string
	pip  []string // packages of a virtual environment of its own
	npm  []string // packages of a folder of their own; without either, a Go module of testdata
	args []string // of the interpreter; {…} are filled in

	needs string // a program without which the client is left out
}

var clients = []client{
	{name: "boto3 1.44.8", pip: []string{"boto3==1.44.8"}, args: []string{"boto3_rekognition.py", "{photos}"}},
	{name: "compreface-sdk 0.6.0", pip: []string{"compreface-sdk==0.6.0", "urllib3<2"},
		args: []string{"compreface_sdk.py", "{photos}", "{host}", "{port}", "{key}"}},
	{name: "compreface-sdk-python 1.0.6", pip: []string{"compreface-sdk-python==1.0.6"},
		args: []string{"compreface_async.py", "{photos}", "{host}", "{port}", "{key}"}},
	{name: "compreface-js-sdk 1.0.0", npm: []string{"@exadel/compreface-js-sdk@1.0.0"},
		args: []string{"compreface_js.mjs", "{photos}", "{host}", "{port}", "{key}"}},
	{name: "aws-sdk client-rekognition 3.1142.0", npm: []string{"@aws-sdk/client-rekognition@3.1142.0"},
		args: []string{"rekognition_js.mjs", "{photos}"}},
	{name: "the page in Chromium", npm: []string{"puppeteer-core@24.43.1", "axe-core@4.14.1"},
		args: []string{"page.mjs", "{photos}", "{url}", "{key}", "{pictures}"}, needs: "chromium"},
	{name: "aws-sdk-go-v2 rekognition 1.51.26", args: []string{"gosdk", "{photos}"}},
	{name: "awscli 1.46.3", pip: []string{"awscli==1.46.3"}, args: []string{"awscli.py", "{photos}"}},
}

// TestClients runs every client; FACEID_CLIENTS=1 says that registries may be asked.
func TestClients(t *testing.T) {
	if os.Getenv("FACEID_CLIENTS") != "1" {
		t.Skip("clients come from registries: make test-clients")
	}
	photos := t.TempDir()
	for i, p := range hosttest.People(t, 3) {
		for n, photo := range p.Photos {
			write(t, filepath.Join(photos, fmt.Sprintf("%s%d.jpg", []string{"ada", "bob", "eve"}[i], n+1)), photo)
		}
	}
	write(t, filepath.Join(photos, "none.jpg"), hosttest.Faceless(t))
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) { c.run(t, photos) })
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs the client against a server of its own.
func (c client) run(t *testing.T, photos string) {
	if c.needs != "" {
		if _, err := exec.LookPath(c.needs); err != nil {
			t.Skipf("%s is not on this machine", c.needs)
		}
	}
	pictures := os.Getenv("FACEID_PICTURES") // where somebody wants to look at the page
	if pictures == "" {
		pictures = t.TempDir()
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	key, err := host.AddKey(keys, "client", host.Admin, "", true)
	if err != nil {
		t.Fatal(err)
	}
	h := hosttest.Open(t, host.Options{Keys: keys, KeepPhotos: true})
	s := httptest.NewServer(server.NewHandler(h, func() error { return nil }))
	defer s.Close()
	addr, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{photos}", photos, "{host}", addr, "{port}", port, "{url}", s.URL, "{key}", key.Key,
		"{pictures}", pictures)
	args := make([]string, len(c.args))
	for i, a := range c.args {
		args[i] = fill.Replace(a)
	}
	cmd := c.command(t, args)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL_REKOGNITION="+s.URL, "AWS_ACCESS_KEY_ID="+key.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+key.Secret, "AWS_DEFAULT_REGION=us-east-1", "AWS_REGION=us-east-1", "AWS_PAGER=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, says.Bytes())
	}
	operations := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Logf("%d operations: %s", len(operations), strings.Join(operations, "; "))
}

// command makes the client ready and returns what runs its script.
func (c client) command(t *testing.T, args []string) *exec.Cmd {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(
		cache,
		"faceid",
		"clients",
		strings.ReplaceAll(strings.ReplaceAll(c.name, " ", "-"), "/", "-"),
	)
	script, err := filepath.Abs(filepath.Join("testdata", args[0]))
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(dir, "ready")
	switch {
	case c.pip != nil:
		if _, err := os.Stat(ready); err != nil {
			must(t, exec.CommandContext(t.Context(), "python3", "-m", "venv", dir))
			must(
				t,
				exec.CommandContext(
					t.Context(),
					filepath.Join(dir, "bin", "pip"),
					append([]string{"install", "-q"}, c.pip...)...),
			)
			write(t, ready, nil)
		}
		return exec.CommandContext(
			t.Context(),
			filepath.Join(dir, "bin", "python"),
			append([]string{script}, args[1:]...)...)
	case c.npm == nil: // a module of its own, by other names, or it would be of this one's tree
		files, err := filepath.Glob(filepath.Join(script, "*.txt"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		module := t.TempDir()
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(module, strings.TrimSuffix(filepath.Base(f), ".txt")), b)
		}
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "."}, args[1:]...)...)
		cmd.Dir = module
		return cmd
	default:
		if _, err := os.Stat(ready); err != nil {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			npm := exec.CommandContext(
				t.Context(),
				"npm",
				append([]string{"install", "--no-audit", "--no-fund", "--silent"}, c.npm...)...)
			npm.Dir = dir
			must(t, npm)
			write(t, ready, nil)
		}
		// Modules are looked for beside the script.
		b, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, filepath.Base(script))
		write(t, copied, b)
		return exec.CommandContext(t.Context(), "node", append([]string{copied}, args[1:]...)...)
	}
}

func must(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}
