package command

import "testing"

func TestEvalFolderFlags(t *testing.T) {
	testFlags(t, newEvalFolder, []flagCase[evalFolderOptions]{
		{args: "people", want: &evalFolderOptions{evalOptions: evalOptions{arg: "people"}}},
		{args: "--groups g.csv --sheet s.png --roc r.svg --plain people",
			want: &evalFolderOptions{groups: "g.csv", sheet: "s.png",
				evalOptions: evalOptions{arg: "people", roc: "r.svg", view: viewFlags{plain: true}}}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "a b", bad: "accepts 1 arg(s)"},
		{args: "--sheet s.jpg people", bad: "end the name in .png"},
		{args: "--workers -1 people", bad: "--workers -1: at least 0"},
	})
}
