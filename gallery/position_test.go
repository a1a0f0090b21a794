package gallery_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"faceid/gallery"
)

// TestImportLine: an error names the line that is to blame, whatever stands before and however many lines are enrolled
// at once.
func TestImportLine(t *testing.T) {
	ok := `{"name":"Ada","templates":[{"embedding":[1,0,0]}]}`
	for name, c := range map[string]struct {
		in   string
		line string
		want error
	}{
		"zero vector": {ok + "\n\n" + `{"name":"Eve","templates":[{"embedding":[0,0,0]}]}` + "\n" + ok + "\n" + ok,
			"line 3: ", gallery.ErrZeroVector},
		"length": {ok + "\n" + ok + "\n" + `{"name":"Eve","templates":[{"embedding":[1,0]}]}` + "\n" + ok,
			"line 3: ", gallery.ErrDimension},
		"name":        {"\n\n" + `{"name":""}` + "\n" + ok, "line 3: ", gallery.ErrName},
		"syntax":      {ok + "\n \n\n{", "line 4: ", gallery.ErrFormat},
		"end":         {ok + "\n" + `{"name":"Eve","metadata":[]}`, "line 2: ", gallery.ErrMetadata},
		"not UTF-8":   {ok + "\n{\"name\":\"Zo\xeb\"}\n", "line 2: ", gallery.ErrFormat},
		"metadata":    {ok + "\n{\"name\":\"Zoe\",\"metadata\":{\"a\":\"\xff\"}}\n", "line 2: ", gallery.ErrFormat},
		"half a pair": {ok + "\n" + `{"name":"Zo\ud800"}` + "\n", "line 2: ", gallery.ErrFormat},
		"not a vector": {ok + "\n" + `{"name":"Zoe","templates":[{"embedding":"?"}]}` + "\n",
			"line 2: ", gallery.ErrFormat},
		"empty": {"", "line 1: ", gallery.ErrFormat},
	} {
		s := open(t, filepath.Join(t.TempDir(), "g"), 3)
		_, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(c.in), nil)
		if !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "import: "+c.line) ||
			strings.Count(err.Error(), "line ") != 1 {
			t.Errorf("%s: %v, want %v at %s", name, err, c.want, c.line)
		}
	}
	// A replacement character that stands there is a character.
	s := open(t, filepath.Join(t.TempDir(), "g"), 3)
	if _, err := gallery.ImportJSONL(t.Context(), s,
		strings.NewReader("{\"name\":\"a\ufffd\"}\n"+`{"name":"b\uFFFD"}`+"\n"+`{"name":"\ud83d\ude00"}`),
		nil); err != nil {
		t.Error(err)
	}
	if ps, err := s.Find(t.Context(), "😀"); err != nil || len(ps) != 1 {
		t.Errorf("a whole pair: %v, %v", ps, err)
	}
}
