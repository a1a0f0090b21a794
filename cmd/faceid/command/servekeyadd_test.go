package command

import "testing"

func TestServeKeyAddFlags(t *testing.T) {
	testFlags(t, newServeKeyAdd, []flagCase[serveKeyAddOptions]{
		{args: "door", want: &serveKeyAddOptions{name: "door", scope: "read"}},
		{args: "door --scope enrol --collection people --aws",
			want: &serveKeyAddOptions{name: "door", scope: "enrol", collection: "people", signed: true}},
		{args: "", bad: "accepts 1 arg(s)"},
	})
}
