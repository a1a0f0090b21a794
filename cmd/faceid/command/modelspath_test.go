package command

import "testing"

func TestModelsPathFlags(t *testing.T) {
	testFlags(t, newModelsPath, []flagCase[modelsPathOptions]{
		{args: "yunet", want: &modelsPathOptions{name: "yunet"}},
		{args: "w600k-r50 --accept-license", want: &modelsPathOptions{name: "w600k-r50", accept: true}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "a b", bad: "accepts 1 arg(s)"},
	})
}
