package page

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	elsewhere = regexp.MustCompile(`(?:https?:)?//[a-z][\w.-]*\.[a-z]+`)
	imports   = regexp.MustCompile(`from '\./([\w.]+)'`)
	links     = regexp.MustCompile(`(?:href|src)="/page/([\w.]+)"`)
)

// The page loads its own files, all of which are there, and nothing from elsewhere.
func TestAssets(t *testing.T) {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"index.html": true}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for _, host := range elsewhere.FindAllString(string(b), -1) {
			if host != "http://www.w3.org" { // the name of SVG, which nobody loads
				t.Errorf("%s names %s", name, host)
			}
		}
		for _, m := range append(imports.FindAllSubmatch(b, -1), links.FindAllSubmatch(b, -1)...) {
			used[string(m[1])] = true
			if _, err := fs.Stat(files, string(m[1])); err != nil {
				t.Errorf("%s needs %s: %v", name, m[1], err)
			}
		}
		if path.Ext(name) == ".mjs" && strings.Contains(string(b), "innerHTML") {
			t.Errorf("%s makes markup of text", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := fs.ReadDir(files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if !used[f.Name()] {
			t.Errorf("nobody uses %s", f.Name())
		}
	}
}

func TestHandler(t *testing.T) {
	for at, kind := range map[string]string{"/": "text/html", "/page/app.mjs": "javascript", "/page/style.css": "css"} {
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, httptest.NewRequest("GET", at, nil))
		head := w.Result().Header
		if w.Code != http.StatusOK || !strings.Contains(head.Get("Content-Type"), kind) ||
			!strings.Contains(head.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %v", at, w.Code, head)
		}
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", "/page/../page.go", nil))
	if w.Code == http.StatusOK {
		t.Error("a file beside the page is served")
	}
}
