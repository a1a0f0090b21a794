// Package page is the server's page for people: files without a build step, embedded, that load nothing from elsewhere
// and speak the native API.
package page

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed assets
var assets embed.FS

// policy lets the page load its own files and talk to its own server, and nothing else. Photos that people drop are
// shown from memory (blob:).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// Handler serves the page at / and its files at /page/.
func Handler() http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is embedded
	}
	serve := http.FileServerFS(files)
	below := http.StripPrefix("/page", serve)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		if r.URL.Path == "/" {
			serve.ServeHTTP(w, r)
			return
		}
		below.ServeHTTP(w, r)
	})
}
