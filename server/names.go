package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"faceid/server/host"
)

// otherNames are those that a file may have, too, by the one of the document.
var otherNames = map[string][]string{
	"image":  {"file"},
	"images": {"image", "images[]", "file"},
	"source": {"source_image"},
	"target": {"target_image"},
}

// fields are the names of a file, the document's first.
func fields(name string) []string { return append([]string{name}, otherNames[name]...) }

// knows refuses a request that gives what its route does not know: a limit that is misspelt must not be one that is not
// kept. The document of the route is the list.
func (c *call) knows(d doc) error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return &host.Fault{Status: http.StatusBadRequest, Code: "bad_request", Message: "the query cannot be read",
			Hint: "escape what stands in it", Err: err}
	}
	var given []string
	for name := range query {
		given = append(given, name)
	}
	if err := refuse("parameter", given, d.query); err != nil || c.form == nil {
		return err
	}
	may := slices.Clone(d.query)
	for name := range d.body {
		may = append(may, name)
	}
	for _, name := range d.files {
		may = append(may, fields(name)...)
	}
	return refuse("field", c.form.Names(), may)
}

// refuse names what is given and may not be.
func refuse(kind string, given, may []string) error {
	slices.Sort(given)
	for _, name := range given {
		if slices.Contains(may, name) {
			continue
		}
		next := "it takes none"
		if len(may) > 0 {
			may = slices.Sorted(slices.Values(may))
			next = "it takes " + strings.Join(slices.Compact(may), ", ")
		}
		if len(name) > 100 {
			name = strings.ToValidUTF8(name[:100], "") + "…"
		}
		f := host.Bad("this request takes no %s %q", kind, name)
		f.Code, f.Hint, f.Details = "unknown_"+kind, next, map[string]string{kind: name}
		return f
	}
	return nil
}
