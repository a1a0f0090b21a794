package command

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faceid/finetune"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/golden"
	"faceid/internal/plain"
	"faceid/models"
)

// hostile is a text with every kind of thing that a terminal or a browser obeys, and a line of its own.
const hostile = "\x1b]0;owned\x07\x1b[2J\u009b31m\u0085\u202eX\u2066\u200f\u2028<script>alert(1)</script>\r\nfaceid: " +
	"all is well"

// quietly runs a command, and wants nothing of hostile to have reached the screen, nor a line to stand there that only
// a text from outside can have written. It returns the exit code and what was printed.
func quietly(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	for _, asJSON := range []bool{true, false} {
		if asJSON {
			args = append(args, "--json")
		} else {
			args = args[:len(args)-1]
		}
		var o, e bytes.Buffer
		code = run(context.Background(), args, streams{in: strings.NewReader(""), out: &o, err: &e})
		out, errs = o.String(), e.String()
		for what, s := range map[string]string{"output": out, "errors": errs} {
			for _, r := range s {
				if r != '\n' && r != '\t' && plain.Hidden(r) {
					t.Errorf("%q: %U in the %s:\n%q", args, r, what, s)
					break
				}
			}
			if strings.Contains("\n"+s, "\nfaceid: all is well") {
				t.Errorf("%q: a line forged in the %s:\n%s", args, what, s)
			}
		}
		for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
			if asJSON && line != "" && !json.Valid([]byte(line)) {
				t.Errorf("%q: not JSON: %q", args, line)
			}
		}
	}
	return code, out, errs
}

// exportWith is a .jsonl of one person.
func exportWith(t *testing.T, model gallery.Model, name, metadata, path string) string {
	t.Helper()
	v := make([]float32, model.Dim)
	v[0] = 1
	line := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return append(b, '\n')
	}
	b := line(map[string]any{"format": "faceid gallery", "version": 1, "model": model})
	b = append(b, line(map[string]any{"name": name, "metadata": json.RawMessage(metadata),
		"templates": []any{map[string]any{
			"embedding": v, "source": map[string]any{"path": path}}}})...)
	file := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestHostileImports(t *testing.T) {
	good := gallery.Model{Name: "toy", SHA256: "ab12", Dim: 8, Views: "plain"}
	text, err := json.Marshal(map[string]string{hostile: hostile})
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]string{"a person's name": exportWith(t, good, hostile, "{}", "")}
	for what, change := range map[string]func(*gallery.Model){
		"the model's name":     func(m *gallery.Model) { m.Name = hostile },
		"a mark in its name":   func(m *gallery.Model) { m.Name = "to\u202ey" },
		"its views":            func(m *gallery.Model) { m.Views = "plain\x1b[2J" },
		"its checksum":         func(m *gallery.Model) { m.SHA256 = "ab\u009b12" },
		"a new line in a name": func(m *gallery.Model) { m.Name = "toy\nfaceid: all is well" },
	} {
		m := good
		change(&m)
		refused[what] = exportWith(t, m, "Ada", "{}", "")
		refused[what+", as .npz"] = npzWith(t, m)
	}
	for what, file := range refused {
		db := filepath.Join(t.TempDir(), "g.db")
		if code, out, errs := quietly(t, "--gallery", db, "gallery", "import", file); code != exitError || errs == "" {
			t.Errorf("%s: exit code %d\n%s%s", what, code, out, errs)
		}
	}
	// What is no name is kept as it is, and shown clean.
	db := filepath.Join(t.TempDir(), "g.db")
	code, _, errs := quietly(t, "--gallery", db, "gallery", "import",
		exportWith(t, good, "<script>", string(text), hostile))
	if code != exitMatch {
		t.Fatal(errs)
	}
	for _, args := range [][]string{{"list"}, {"show", "<script>"}, {"stats"}, {"check"}, {"rename", "<script>", "Ada"},
		{"remove", "--yes", "Ada"}} {
		if code, _, errs := quietly(t, append([]string{"--gallery", db, "gallery"}, args...)...); code != exitMatch &&
			args[0] != "rename" && args[0] != "remove" { // which have done it before, with --json
			t.Errorf("%s: exit code %d, %s", args, code, errs)
		}
	}
	for _, name := range []string{hostile, "A\u202eda"} {
		if code, _, errs := quietly(t, "--gallery", db, "gallery", "rename", "#1", name); code != exitError ||
			errs == "" {
			t.Errorf("renamed to %q: exit code %d", name, code)
		}
	}
}

// npzWith is the golden .npz with another model's texts.
func npzWith(t *testing.T, m gallery.Model) string {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(golden.Path(t, "formats"), "export-1.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }", len(text))
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "model.npy" {
			fmt.Fprintf(to, "\x93NUMPY\x01\x00%c%c%s%s", len(header)%256, len(header)/256, header, text)
			continue
		}
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(to, from); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.npz")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A gallery that an older version filled is opened, whatever it calls its model and its people.
func TestHostileGallery(t *testing.T) {
	db := filepath.Join(t.TempDir(), "g.db")
	v := []float32{1, 0, 0, 0}
	s, err := sqlite.Open(db, &sqlite.Options{Create: true, Model: &gallery.Model{Name: "toy", SHA256: "ab12",
		Dim: 4, Views: "plain"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enrol(t.Context(), []gallery.Enrolment{{Name: "Ada", Templates: []gallery.Template{{Embedding: v}}}},
		nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", db)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, q := range []string{`UPDATE gallery SET model_name = ?, views = ?`, `UPDATE person SET name = ?`} {
		args := []any{hostile}
		if strings.Count(q, "?") == 2 {
			args = append(args, hostile)
		}
		if _, err := raw.Exec(q, args...); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"gallery", "stats"}, {"gallery", "list"}, {"gallery", "show", "#1"},
		{"gallery", "check"}, {"gallery", "show", hostile},
		{"gallery", "export", filepath.Join(t.TempDir(), "x.jsonl")}, {"gallery", "calibrate"},
		{"gallery", "compact"}, {"doctor"},
		{"gallery", "doctor"}, {"gallery", "move", "1", "--new", hostile}, {"gallery", "merge", "#1", hostile},
		{"identify", "none.jpg"}, {"verify", "none.jpg", hostile}, {"enroll", hostile, "none.jpg"},
		{"gallery", "remove", hostile}} {
		quietly(t, append([]string{"--gallery", db}, args...)...)
	}
}

// Paths are the words of whoever named the file.
func TestHostilePaths(t *testing.T) {
	photos := testPeople(t)
	dir := filepath.Join(t.TempDir(), strings.ReplaceAll(hostile, "/", "∕"))
	odd := filepath.Join(dir, "odd\u202egpj.\x1b[2J\nfaceid: all is well.jpg")
	for to, from := range map[string]string{odd: filepath.Join(photos, "group.jpg"),
		odd + ".notes.jpg": filepath.Join(photos, "notes.jpg"),
		filepath.Join(dir, "people", "A\x1bda", "1.jpg"): filepath.Join(photos, "people", "P000", "a.jpg"),
		filepath.Join(dir, "people", "Bob", "1.jpg"):     filepath.Join(photos, "people", "P001", "a.jpg")} {
		if err := copyFile(to, from); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(dir, "pairs.csv")
	if err := os.WriteFile(list, []byte("a\x1b[2J.jpg,b.jpg,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(dir, "g.db")
	for _, args := range [][]string{
		{"enroll", "--name", "Ada", "--largest", odd}, {"enroll", "--all-faces", dir},
		{"enroll", filepath.Join(dir, "people")}, {"enroll", dir},
		{"identify", dir}, {"detect", "--draw", filepath.Join(dir, "drawn.png"), odd}, {"detect", dir},
		{"embed", "--largest", dir},
		{"embed", "-o", filepath.Join(dir, "x.npy"), odd}, {"verify", "--largest", odd, odd},
		{"verify", odd, odd + ".notes.jpg"},
		{"eval", "pairs", list}, {"eval", "folder", filepath.Join(dir, "people")}, {"gallery", "list"},
		{"gallery", "show", "Ada"}, {"gallery", "doctor"}, {"gallery", "reject", odd, "Ada"}, {"cluster", dir},
		{"gallery", "import", odd + ".jsonl"}, {"gallery", "check"}, {"gallery", "stats"}, {"models", "add", odd},
		{"finetune", dir, "--out", dir},
		{"identify", "--head", odd, odd}, {"--no\x1bsuch", odd}, {"no\u009bsuch"}, {"gallery", "no\x1bsuch"},
	} {
		quietly(t, append([]string{"--gallery", db}, args...)...)
	}
}

// The people of a head are what whoever trained it called them; groups are named in a file.
func TestHostileLabels(t *testing.T) {
	photo := filepath.Join(testPeople(t), "people", "P000", "a.jpg")
	store, err := models.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := store.Entry(store.Packs()[0].Embedder)
	if err != nil {
		t.Fatal(err)
	}
	unit := make([]float32, m.Output.Dim)
	unit[0] = 1
	dir := t.TempDir()
	for i, known := range []float64{0, 4} { // everybody is known, or nobody
		file := filepath.Join(dir, fmt.Sprintf("head%d.safetensors", i))
		h := &finetune.Head{Labels: []string{hostile}, D: len(unit), Weights: unit, Centers: unit,
			Loss: finetune.ArcFace, Scale: 16, Model: m.SHA256, KnownDistance: known}
		if err := h.Save(file); err != nil {
			t.Fatal(err)
		}
		for _, top := range []string{"1", "3"} {
			code, out, _ := quietly(t, "identify", "--largest", "--top", top, "--head", file, photo)
			if code == exitError || !strings.Contains(out, "script") {
				t.Errorf("exit code %d, %q", code, out)
			}
		}
	}
	groups := filepath.Join(dir, "groups.csv")
	text := "P000,\"" + hostile + "\"\nP001,b\n"
	if err := os.WriteFile(groups, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	quietly(t, "eval", "folder", "--groups", groups, filepath.Dir(filepath.Dir(photo)))
}

// A model's file and the user's own list of models say their names themselves.
func TestHostileModels(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(golden.Path(t, "onnx"), "embedder-gemm.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	graph, err := models.Inspect(filepath.Join(golden.Path(t, "onnx"), "embedder-gemm.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	// for what is not here
	t.Setenv("FACEID_MODELS", store.Dir()+string(filepath.ListSeparator)+os.Getenv("FACEID_MODELS"))
	cache := t.TempDir()
	t.Setenv("FACEID_CACHE", cache)
	for _, name := range []string{graph.Input.Name, graph.Output.Names[0]} {
		odd := ("\x1b[2J\u202e" + strings.Repeat("x", len(name)))[:len(name)]
		file := filepath.Join(t.TempDir(), "odd.onnx")
		if err := os.WriteFile(file, bytes.ReplaceAll(b, []byte(name), []byte(odd)), 0o600); err != nil {
			t.Fatal(err)
		}
		quietly(t, "models", "add", file, "--role", "embedder", "--channels", "RGB", "--mean", "0", "--std", "1",
			"--license", "unknown")
		quietly(t, "models", "add", file)
		quietly(t, "models", "add", file, "--name", hostile, "--role", "embedder", "--channels", "RGB", "--mean", "0",
			"--std", "1", "--license", hostile)
	}
	quietly(t, "models", "list")
	own, err := os.ReadFile(filepath.Join(golden.Path(t, "formats"), "own-models-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	quote, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{`"MIT"`, `"permissive"`, `"embedder"`, `"RGB"`} {
		if err := os.WriteFile(filepath.Join(cache, "models.json"), bytes.ReplaceAll(own, []byte(word), quote),
			0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"list"}, {"verify"}, {"path", hostile},
			{"forget", hostile}, {"pull", hostile}} {
			quietly(t, append([]string{"--offline", "models"}, args...)...)
		}
	}
}
