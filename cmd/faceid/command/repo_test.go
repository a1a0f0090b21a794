package command

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const repoRoot = "../../.."

// Each command has its test file beside its file.
func TestEveryCommandHasATest(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	isCommand := regexp.MustCompile(`(?m)^func new[A-Z]\w*\(.*\brun func\(`)
	commands := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || !isCommand.Match(b) {
			continue
		}
		commands++
		if test := strings.TrimSuffix(file, ".go") + "_test.go"; !exists(test) {
			t.Errorf("%s has no %s beside it", file, test)
		}
	}
	leaves := len(leafCommands(newRoot(&app{}))) + 1 // serve does something itself, and has subcommands
	if commands != leaves {
		t.Errorf("%d files of commands, and %d commands", commands, leaves)
	}
}

// Each command has a script of its own that sees it succeed and fail; and find nothing, where that is an exit code of
// its own.
func TestEveryCommandHasAScript(t *testing.T) {
	findsNothing := []string{"verify", "identify", "detect", "embed", "finetune"}
	for _, cmd := range leafCommands(newRoot(&app{})) {
		name := strings.TrimPrefix(cmd.CommandPath(), "faceid ")
		file := filepath.Join("testdata", "script", strings.ReplaceAll(name, " ", "_")+".txtar")
		script, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		want := []string{"exec", "exits 2"}
		if slices.Contains(findsNothing, name) {
			want = append(want, "exits 1")
		}
		for _, w := range want {
			if !regexp.MustCompile(`(?m)^` + w + " " + cmd.CommandPath() + `\b`).Match(script) {
				t.Errorf("%s: no line %q", file, w+" "+cmd.CommandPath()+" …")
			}
		}
		if regexp.MustCompile(`(?m)^! exec faceid\b`).Match(script) {
			t.Errorf("%s: ! exec takes any failure; say which exit code", file)
		}
	}
}

// The command line has flags and words, and decides nothing: what computes, searches or trains is reached through
// recognize, by every door alike. A file stands beside an import that it may have all the same; ./ is this module,
// whatever its name.
func TestWalls(t *testing.T) {
	may := map[string][]string{
		"./gallery/flat":                  {"doctor.go"}, // the names of the kernels
		"./internal/gemm":                 {"doctor.go"},
		"./internal/onnxgraph":            nil,
		"./internal/safetensors":          nil,
		"./loss":                          nil,
		"./arcface":                       nil,
		"./centerloss":                    nil,
		"./recognize/calibrate":           nil,
		"./eval":                          nil,
		"./eval/plot":                     {"evalplot.go"},
		"./finetune":                      {"finetune.go", "finetunesettings.go", "identifyhead.go"},
		"./finetune/report":               {"finetune.go"},
		"./gallery/weaviate":              {"app.go"},
		"./models/https":                  {"app.go"},
		"github.com/yalue/onnxruntime_go": nil,
		"database/sql":                    nil,
		"modernc.org/sqlite":              nil,
		"gonum.org/v1/gonum":              nil,
		"math/rand":                       nil,
		"math/rand/v2":                    nil,
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile(filepath.Join(repoRoot, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	module := strings.Fields(string(gomod))[1]
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, i := range f.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if inside, ours := strings.CutPrefix(path, module+"/"); ours {
				path = "./" + inside
			}
			if allowed, wall := may[path]; wall && !slices.Contains(allowed, file) {
				t.Errorf("%s imports %s: that is for recognize to decide", file, path)
			}
		}
	}
}

// leafCommands are the commands that do something, without cobra's own.
func leafCommands(cmd *cobra.Command) (leaves []*cobra.Command) {
	if !cmd.HasSubCommands() {
		if !cmd.Runnable() { // a topic of the help
			return nil
		}
		return []*cobra.Command{cmd}
	}
	for _, c := range cmd.Commands() {
		leaves = append(leaves, leafCommands(c)...)
	}
	return leaves
}

// Every command and make target that README shows exists.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(repoRoot, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(repoRoot, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(string(readme), -1) {
		if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
			t.Errorf("README says make %s, and there is no such target", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)(?:^\\$ |`)faceid ([a-z]+)(?: "+
		"([a-z]+))?").FindAllStringSubmatch(string(readme), -1) {
		root := newRoot(&app{})
		if m[1] == "help" { // of a command, or a topic
			m[1] = m[2]
		}
		cmd, _, err := root.Find([]string{m[1]})
		if err != nil || cmd == root && m[1] != "completion" {
			t.Errorf("README says faceid %s, and there is no such command", m[1])
			continue
		}
		if cmd.HasSubCommands() && m[2] != "" {
			if sub, _, err := cmd.Find([]string{m[2]}); err != nil || sub == cmd {
				t.Errorf("README says faceid %s %s, and there is no such command", m[1], m[2])
			}
		}
	}
}
