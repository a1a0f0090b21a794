package command

import "testing"

func TestModelsPullFlags(t *testing.T) {
	testFlags(t, newModelsPull, []flagCase[modelsPullOptions]{
		{args: "", want: &modelsPullOptions{names: []string{}}},
		{args: "yunet buffalo_l --accept-license",
			want: &modelsPullOptions{names: []string{"yunet", "buffalo_l"}, accept: true}},
		{args: "--force", bad: "unknown flag"},
	})
}
