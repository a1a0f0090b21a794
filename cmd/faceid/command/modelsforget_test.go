package command

import "testing"

func TestModelsForgetFlags(t *testing.T) {
	testFlags(t, newModelsForget, []flagCase[modelsForgetOptions]{
		{args: "mine", want: &modelsForgetOptions{name: "mine"}},
		{args: "mine --force", want: &modelsForgetOptions{name: "mine", force: true}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "a b", bad: "accepts 1 arg(s)"},
	})
}
