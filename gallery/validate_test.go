package gallery_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"faceid/gallery"
)

func TestMergeMetadata(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "", ""},
		{` {"a": 1}`, "", `{"a":1}`},
		{"", `{"b": [1, 2]}`, `{"b":[1,2]}`},
		{`{}`, `{"b":1}`, `{"b":1}`},
		{`{"a":1}`, `{}`, `{"a":1}`},
		{`{"z":1,"a":null}`, `{"b":{"a":2},"a":3,"z":4,"c":"<&>"}`, `{"z":1,"a":null,"b":{"a":2},"c":"<&>"}`},
		{`{"a":1e400}`, `{"ü\"\u2028":1,"b":2,"b":3}`, `{"a":1e400,"ü\"\u2028":1,"b":2}`},
	} {
		raw := func(s string) json.RawMessage {
			if s == "" {
				return nil
			}
			return json.RawMessage(s)
		}
		got, err := gallery.MergeMetadata(raw(c.a), raw(c.b))
		if err != nil || string(got) != c.want || (got == nil) != (c.want == "") {
			t.Errorf("%s and %s: %s, %v, want %s", c.a, c.b, got, err, c.want)
		}
	}
	big := json.RawMessage(`{"x":"` + strings.Repeat("x", 1<<19) + `"}`)
	other := json.RawMessage(strings.Replace(string(big), `"x"`, `"y"`, 1))
	for _, c := range [][2]json.RawMessage{{json.RawMessage("[]"), nil}, {nil, json.RawMessage("3")},
		{json.RawMessage("{}"), json.RawMessage("{")}, {big, other}} {
		if got, err := gallery.MergeMetadata(c[0], c[1]); !errors.Is(err, gallery.ErrMetadata) {
			t.Errorf("%.20s and %.20s: %.20s, %v", c[0], c[1], got, err)
		}
	}
	if _, err := gallery.MergeMetadata(big, json.RawMessage(`{"x":2}`)); err != nil {
		t.Error(err)
	}
}
