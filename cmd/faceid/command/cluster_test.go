package command

import "testing"

func TestClusterFlags(t *testing.T) {
	testFlags(t, newCluster, []flagCase[clusterOptions]{
		{args: "a b", want: &clusterOptions{photos: []string{"a", "b"}}},
		{args: "a --out o --copy --plain", want: &clusterOptions{photos: []string{"a"}, out: "o", copy: true,
			view: viewFlags{plain: true}}},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: "a --copy", bad: "--out says into which folder"},
		{args: "a --workers -1", bad: "--workers -1: at least 0"},
	})
}
