package gallery_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"faceid/gallery"
)

// TestImportLongLine bounds the templates of a line, whatever they are written like, and what is taken for them.
func TestImportLongLine(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "g"), 3)
	line := func(n int, template string) string {
		return `{"name":"Eve","templates":[` + strings.Repeat(template+",", n-1) + template + "]}"
	}
	for _, template := range []string{"{}", "null", `{"embedding":[1,0,0]}`} {
		_, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(line(10001, template)), nil)
		if !errors.Is(err, gallery.ErrFormat) || !strings.Contains(err.Error(), "10000") {
			t.Errorf("%s: %v", template, err)
		}
	}
	var before, after runtime.MemStats
	long := line(2e6, "{}")
	runtime.ReadMemStats(&before)
	if _, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(long), nil); !errors.Is(err, gallery.ErrFormat) {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
		t.Errorf("%d bytes were taken for a line of %d", n, len(long))
	}

	var b strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&b, `{"embedding":[1,0,%d],"trunk":null},`, i)
	}
	in := `{"name":"Ada","metadata":{"a":1},"templates":[` + strings.TrimSuffix(b.String(), ",") + "]}\n" +
		`{"name":"Ada","templates":[{"embedding":[1,1,1]}]}` + "\n" +
		`{"name":"Bob","templates":null,"extra":[` + strings.Repeat("1,", 10000) + "1]}\n"
	sum, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(in), nil)
	if want := (gallery.Transferred{People: 3, Created: 2, Added: 10001}); err != nil || !reflect.DeepEqual(sum, want) {
		t.Errorf("got %+v, %v, want %+v", sum, err, want)
	}
	bad := `{"name":"Eve","templates":{"a":[` + strings.Repeat("1,", 10000) + "1]}}"
	if _, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(bad), nil); !errors.Is(err, gallery.ErrFormat) {
		t.Errorf("no array: %v", err)
	}
}
