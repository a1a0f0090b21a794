package recognize

import "testing"

func TestNewName(t *testing.T) {
	k := &knownFaces{names: map[string]int{"a": 1, "a (2)": 1}}
	for _, want := range []string{"a (3)", "a (4)"} {
		if got := k.newName("a"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := k.newName("b"); got != "b" {
		t.Errorf("%s, want b", got)
	}
}
