package command

import "testing"

func TestEvalPairsFlags(t *testing.T) {
	testFlags(t, newEvalPairs, []flagCase[evalOptions]{
		{args: "pairs.txt", want: &evalOptions{arg: "pairs.txt"}},
		{args: "pairs.txt --roc r.svg --det d.png --plain", want: &evalOptions{arg: "pairs.txt",
			roc: "r.svg", det: "d.png",
			view: viewFlags{plain: true}}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "pairs.txt --roc r.gif", bad: "--roc r.gif: end the name in .png or .svg"},
		{args: "pairs.txt --det .pngx", bad: "--det .pngx: end the name in .png or .svg"},
		{args: "pairs.txt --min-size NaN", bad: "--min-size NaN: "},
		{args: "pairs.txt --protocol all", bad: "unknown flag"},
	})
}
