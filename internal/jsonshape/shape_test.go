package jsonshape

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

type inner struct {
	X [2]float32 `json:"x"`
	N *float64   `json:"n"`
}

type outer struct {
	inner
	Name  string          `json:"name"`
	Made  time.Time       `json:"made"`
	Other []inner         `json:"other"`
	By    map[string]int  `json:"by,omitempty"`
	Raw   json.RawMessage `json:"raw,omitempty"`
	Any   any             `json:"any"`
	Bytes []byte          `json:"bytes,omitempty"`
	Off   int             `json:"-"`
	off   int
}

// What encoding/json makes of a value is of its type's shape.
func TestCheck(t *testing.T) {
	s := Of(reflect.TypeFor[outer]())
	for _, v := range []outer{{off: 1}, {Name: "a", Other: []inner{{}}, By: map[string]int{"a": 1},
		Raw: json.RawMessage(`{"b":1}`), Any: 3, Bytes: []byte("ab")}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(b); err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
	good := `{"x":[1,2],"n":null,"name":"a","made":"2026-01-01T00:00:00Z","other":[{"x":[1,2],"n":1}],"any":null}`
	if err := s.Check([]byte(good)); err != nil {
		t.Error(err)
	}
	for _, change := range [][3]string{
		{`"n":null,`, ``, "n is missing"}, {`"n":1`, `"n":1,"m":2`, "[0].m is not described"},
		{`"name":"a"`, `"name":1`, "should be a text"},
		{`"name":"a"`, `"name":null`, "is null"}, {`[1,2],"n":null`, `["1",2],"n":null`, "x[0] should be a number"},
		{`"any":null`, `"any":null,"by":{"a":"b"}`, "by.a should be a number"}, {good, `[]`, "should be a object"},
	} {
		err := s.Check([]byte(strings.Replace(good, change[0], change[1], 1)))
		if err == nil || !strings.Contains(err.Error(), change[2]) {
			t.Errorf("%s for %s: %v, want %q", change[1], change[0], err, change[2])
		}
	}
}
