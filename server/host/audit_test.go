package host

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAudit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "audit.jsonl")
	write := func(n int) {
		t.Helper()
		a, err := openAudit(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			e := Entry{Action: "enrol", Collection: "c", People: []int64{int64(i)}, Key: "door <&>"}
			if err := a.write(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
	}
	write(3)
	if a, err := openAudit(path); err != nil {
		t.Fatal(err)
	} else if _, err := openAudit(path); err == nil && runtime.GOOS != "windows" {
		t.Error("two servers write one log")
	} else {
		a.close()
	}
	write(2) // another process goes on
	n, last, err := VerifyAudit(path)
	if n != 5 || err != nil || len(last) != 64 {
		t.Fatalf("%d entries, %v", n, err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(good), "\n"), "\n")
	for name, bad := range map[string]string{
		"a byte changed":    strings.Replace(string(good), `"people":[1]`, `"people":[7]`, 1),
		"one left out":      lines[0] + strings.Join(lines[2:], ""),
		"two exchanged":     lines[1] + lines[0] + strings.Join(lines[2:], ""),
		"the first gone":    strings.Join(lines[1:], ""),
		"one twice":         lines[0] + string(good),
		"more in an entry":  strings.Replace(string(good), `"from"`, `"more":1,"from"`, 1),
		"the end is broken": string(good[:len(good)-10]),
		"no entry":          string(good) + "x\n",
	} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := VerifyAudit(path); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
	// A server that was killed while it wrote goes on where the last whole entry ends.
	if err := os.WriteFile(path, good[:len(good)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	write(1)
	if n, _, err := VerifyAudit(path); n != 5 || err != nil {
		t.Errorf("after a torn entry: %d, %v", n, err)
	}
	if _, err := openAudit(filepath.Dir(path)); err == nil {
		t.Error("a folder is taken for a log")
	}
}

// What no request does is not noted, and a host without a log keeps none.
func TestNote(t *testing.T) {
	Note(context.Background(), "enrol", "c", nil, nil)
	a, err := openAudit("")
	if err != nil || a.write(Entry{}) != nil || a.close() != nil {
		t.Error(err)
	}
}

func FuzzAudit(f *testing.F) {
	var e Entry
	b, err := e.seal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		end := int64(0)
		err := eachEntry(bytes.NewReader(log), func(_ Entry, _ []byte, at int64) error { end = at; return nil })
		if end > int64(len(log)) || err == nil && end != int64(len(log)) {
			t.Errorf("%d of %d bytes, %v", end, len(log), err)
		}
	})
}
