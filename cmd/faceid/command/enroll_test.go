package command

import "testing"

func TestEnrollFlags(t *testing.T) {
	testFlags(t, newEnroll, []flagCase[enrollOptions]{
		{args: "people/", want: &enrollOptions{args: []string{"people/"}, name: "people/"}},
		{args: "Ada a.jpg b.jpg", want: &enrollOptions{args: []string{"Ada", "a.jpg", "b.jpg"}, name: "Ada"}},
		{args: "--name Ada --largest --unique a.jpg", want: &enrollOptions{args: []string{"a.jpg"},
			name: "Ada", named: true,
			several: severalFlags{largest: true}, unique: true}},
		{args: "--all-faces --plain a.jpg", want: &enrollOptions{args: []string{"a.jpg"}, name: "a.jpg", allFaces: true,
			view: viewFlags{plain: true}}},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: " a.jpg", bad: "name is blank"}, // an unset shell variable
		{args: "--name  a.jpg", bad: "name is blank"},
		{args: "--name \t a.jpg", bad: "name is blank"},
		{args: "--largest --all-faces a.jpg", bad: "none of the others can be"},
		{args: "--name Ada --all-faces a.jpg", bad: "none of the others can be"},
		{args: "--min-size -1 Ada a.jpg", bad: "--min-size -1: "},
	})
}
