package command

import "testing"

func TestModelsVerifyFlags(t *testing.T) {
	testFlags(t, newModelsVerify, []flagCase[modelsVerifyOptions]{
		{args: "", want: &modelsVerifyOptions{names: []string{}}},
		{args: "yunet ultraface", want: &modelsVerifyOptions{names: []string{"yunet", "ultraface"}}},
		{args: "--accept-license", bad: "unknown flag"}, // nothing is fetched
	})
}
