package command

import (
	"testing"

	"faceid/recognize"
)

func TestVerifyFlags(t *testing.T) {
	testFlags(t, newVerify, []flagCase[verifyOptions]{
		{args: "a.jpg b.jpg", want: &verifyOptions{a: "a.jpg", b: "b.jpg", target: recognize.Target{FAR: 1e-4}}},
		{args: "--far 1e-3 --largest --plain --workers 2 a b", want: &verifyOptions{a: "a", b: "b",
			several: severalFlags{largest: true},
			target:  recognize.Target{FAR: 1e-3}, view: viewFlags{plain: true, workers: 2}}},
		{args: "--threshold -0.5 --far 7 a b", want: &verifyOptions{a: "a", b: "b",
			target: recognize.Target{FAR: 7, Threshold: ptr(-0.5)}}}, // the threshold overrides
		{args: "--model m --detector d --min-size 20 --accept-license a b", want: &verifyOptions{a: "a", b: "b",
			target: recognize.Target{FAR: 1e-4}, view: viewFlags{model: "m", detector: "d",
				minSize: 20, accept: true}}},
		{args: "a", bad: "accepts 2 arg(s)"},
		{args: "a b c", bad: "accepts 2 arg(s)"},
		{args: "--far 0 a b", bad: "a rate is in (0, 1)"},
		{args: "--far 1 a b", bad: "a rate is in (0, 1)"},
		{args: "--far NaN a b", bad: "a rate is in (0, 1)"},
		{args: "--threshold NaN a b", bad: "a number in [-1, 1]"},
		{args: "--threshold 1.01 a b", bad: "a number in [-1, 1]"},
		{args: "--min-size NaN a b", bad: "--min-size NaN: pixels, at least 0"},
		{args: "--min-size -1 a b", bad: "--min-size -1: pixels, at least 0"},
		{args: "--workers -1 a b", bad: "--workers -1: at least 0"},
		{args: "--nonsense a b", bad: "unknown flag"},
	})
}
