package command

import "testing"

func TestEvalLFWFlags(t *testing.T) {
	testFlags(t, newEvalLFW, []flagCase[evalOptions]{
		{args: "lfw/", want: &evalOptions{arg: "lfw/", protocol: "view2"}},
		{args: "lfw --protocol dev-test --require-accuracy 0.99 --detector yunet",
			want: &evalOptions{arg: "lfw", protocol: "dev-test",
				require: 0.99, view: viewFlags{detector: "yunet"}}},
		{args: "lfw --protocol all --roc r.png --det d.svg --published p",
			want: &evalOptions{arg: "lfw", protocol: "all",
				roc: "r.png", det: "d.svg", published: "p"}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "lfw --protocol view3", bad: "--protocol view3: view2, dev-train, dev-test or all"},
		{args: "lfw --require-accuracy NaN", bad: "--require-accuracy NaN: in [0, 1]"},
		{args: "lfw --require-accuracy 99.5", bad: "in [0, 1]"},
		{args: "lfw --roc r.pdf", bad: "end the name in .png or .svg"},
		{args: "lfw --det d", bad: "end the name in .png or .svg"},
		{args: "lfw --workers -1", bad: "--workers -1: "},
	})
}
