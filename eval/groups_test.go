package eval

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestReadGroups(t *testing.T) {
	got, err := ReadGroups(strings.NewReader("# people\nAda, women\n\"Smith, John\",men\n\nAda,women\n"))
	if want := map[string]string{"Ada": "women", "Smith, John": "men"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for text, want := range map[string]error{
		"": ErrEmpty, "# nobody\n": ErrEmpty, "Ada\n": ErrFormat, "Ada,\n": ErrFormat, ",x\n": ErrFormat,
		"Ada,a\nAda,b\n": ErrFormat, "Ada,a,b\n": ErrFormat, "\"Ada,a\n": ErrFormat,
	} {
		if _, err := ReadGroups(strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}
