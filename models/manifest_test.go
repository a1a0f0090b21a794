package models

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestManifestComplete says what every entry of the catalogue must have, beyond what ParseManifest asks of any
// manifest.
func TestManifestComplete(t *testing.T) {
	m, err := ParseManifest(builtin)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range m.Entries {
		if e.SHA256 == "" || len(e.Sources) == 0 || e.License.ID == "" || e.License.URL == "" {
			t.Errorf("%s: sha256 %q, sources %q, licence %+v", e.Name, e.SHA256, e.Sources, e.License)
		}
		if e.License.Class == UnknownLicense {
			t.Errorf("%s: the licence class is unknown", e.Name)
		}
		if e.License.Class == Noncommercial && e.License.Caveats == "" {
			t.Errorf("%s: a licence with conditions says none", e.Name)
		}
		// What cannot be had from npm alone was never seen by those who wrote its entry; the others have a self-test.
		npm := slices.ContainsFunc(e.Sources, func(s string) bool { return strings.HasPrefix(s, "npm:") })
		if npm && e.Decoder != "" && (e.SelfTest == nil || len(e.SelfTest.Want) == 0) {
			t.Errorf("%s: no self-test", e.Name)
		}
	}
	if len(m.Packs) == 0 || m.Packs[0].Name != "default" {
		t.Fatal("the first pack is not the default")
	}
	for _, want := range []string{"default", "yunet", "sface", "buffalo_s", "buffalo_l"} {
		if !slices.ContainsFunc(m.Packs, func(p Pack) bool { return p.Name == want }) {
			t.Errorf("no pack %s", want)
		}
	}
	// The default pack needs nothing but npm, and no word about a licence.
	for _, n := range []string{m.Packs[0].Detector, m.Packs[0].Landmarks, m.Packs[0].Embedder} {
		e := m.find(n)
		if !strings.HasPrefix(e.Sources[0], "npm:") || e.License.Class != Permissive {
			t.Errorf("%s of the default pack: %q, %+v", n, e.Sources, e.License)
		}
	}
	for _, system := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"} {
		if !slices.ContainsFunc(m.Entries, func(e Entry) bool {
			return e.Role == RoleRuntime && e.OS+"/"+e.Arch == system
		}) {
			t.Errorf("no runtime for %s", system)
		}
	}
}

func TestManifestRefused(t *testing.T) {
	good := `{"version":1,"entries":[{"name":"x","role":"sample","file":"x.jpg",` +
		`"sources":["https://example.com/x"],"sha256":"` + strings.Repeat("ab", 32) +
		`","size":1,"license":{"id":"MIT","class":"permissive"}}]}`
	if _, err := ParseManifest([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`"version":1`, `"version":2`},
		{`"version":1`, `"version":1,"surprise":0`},
		{`"name":"x"`, `"name":"../x"`},
		{`"name":"x"`, `"name":"samples"`},
		{`"file":"x.jpg"`, `"file":"a/x.jpg"`},
		{`"file":"x.jpg"`, `"file":"..\\x.jpg"`},
		{`"file":"x.jpg"`, `"file":".x.lock"`},
		{`"file":"x.jpg"`, `"file":"x.jpg","aliases":["../x"]`},
		{`"file":"x.jpg"`, `"file":"x.jpg","aliases":["/etc/x"]`},
		{`"https://example.com/x"`, ``},
		{`https://example.com/x`, `http://example.com/x`},
		{`https://example.com/x`, `file:/etc/passwd`},
		{`https://example.com/x`, `https://`},
		{`https://example.com/x`, `npm:a@1#b`}, // no integrity
		{`https://example.com/x`, `npm:--x@1#b`},
		{`abab`, `ABAB`},
		{`"sha256":"ab`, `"sha256":"`},
		{`"size":1`, `"size":0`},
		{`"size":1`, `"size":99999999999`},
		{`"permissive"`, `"free"`},
		{`"id":"MIT",`, ``},
		{`"role":"sample"`, `"role":"embedder"`},
		{`"role":"sample"`, `"role":"runtime"`},
		{`]}`, `],"packs":[{"name":"p","detector":"x","embedder":"x"}]}`},
		{`]}`, `]}{}`},
	} {
		if !strings.Contains(good, c[0]) {
			t.Fatalf("%q is not in the manifest", c[0])
		}
		bad := strings.Replace(good, c[0], c[1], 1)
		if _, err := ParseManifest([]byte(bad)); !errors.Is(err, ErrManifest) {
			t.Errorf("%q instead of %q: %v", c[1], c[0], err)
		}
	}
}

func TestParseNPM(t *testing.T) {
	for _, c := range []struct{ in, pack, path string }{
		{"npm:a@1.0.0#b/c", "a@1.0.0", "b/c"},
		{"npm:@scope/a-b@1.0.0-rc.1#c", "@scope/a-b@1.0.0-rc.1", "c"},
	} {
		if p, err := parseNPM(c.in); err != nil || p.pack != c.pack || p.path != c.path {
			t.Errorf("%s: %+v, %v", c.in, p, err)
		}
	}
	for _, in := range []string{"", "npm:", "npm:a", "npm:a@1", "npm:a@1#", "npm:@1#b", "npm:a#b", "npm:a@#b",
		"npm:a b@1#c", "npm:-x@1#c",
		"npm:a/b@1#c", "npm:a@file:/x#c", "npm:a@1#../c", "npm:a@1#/c", "npm:a@>1#c", "npm:a@1;ls#c", "npm:a@1@2#c"} {
		if p, err := parseNPM(in); err == nil {
			t.Errorf("%q was taken as %+v", in, p)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add(builtin)
	f.Add([]byte(`{"version":1,"entries":[]}`))
	f.Add([]byte(`{"version":1,"npm":{"a@1":"sha512-"},"packs":[{"name":"p"}],` +
		`"entries":[{"name":"x","role":"embedder","input":{},"output":{}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		m, err := parseManifest(b, true)
		if err != nil {
			return
		}
		// What was taken is taken again after a round trip, and names no file outside the cache.
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(again, true); err != nil {
			t.Fatalf("%v: %s", err, again)
		}
		for _, e := range m.Entries {
			if strings.ContainsAny(e.File, `/\`) || e.Size <= 0 || e.Size > maxSize {
				t.Fatalf("%+v", e)
			}
			e.Unknown()
		}
	})
}
