package command

import "testing"

func TestDemoFlags(t *testing.T) {
	testFlags(t, newDemo, []flagCase[demoOptions]{
		{args: "", want: &demoOptions{out: "out"}},
		{args: "--out d --model buffalo_l --accept-license",
			want: &demoOptions{out: "d", view: viewFlags{model: "buffalo_l", accept: true}}},
		{args: "photo.jpg", bad: "unknown command"},
		{args: "--min-size -1", bad: "--min-size -1: "},
	})
}
