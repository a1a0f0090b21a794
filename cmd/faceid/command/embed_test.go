package command

import "testing"

func TestEmbedFlags(t *testing.T) {
	testFlags(t, newEmbed, []flagCase[embedOptions]{
		{args: "a.jpg", want: &embedOptions{args: []string{"a.jpg"}}},
		{args: "-o faces.npy --largest a b", want: &embedOptions{args: []string{"a", "b"},
			out: "faces.npy", largest: true}},
		{args: "--out f.jsonl --base64 --model m -", want: &embedOptions{args: []string{"-"},
			out: "f.jsonl", compact: true,
			view: viewFlags{model: "m"}}},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: "--min-size -0.5 a", bad: "--min-size -0.5: "},
		{args: "-o", bad: "flag needs an argument"},
	})
}
