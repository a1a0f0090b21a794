package command

import "testing"

func TestServeKeyRevokeFlags(t *testing.T) {
	testFlags(t, newServeKeyRevoke, []flagCase[serveKeyRevokeOptions]{
		{args: "door", want: &serveKeyRevokeOptions{name: "door"}},
		{args: "", bad: "accepts 1 arg(s)"},
	})
}
