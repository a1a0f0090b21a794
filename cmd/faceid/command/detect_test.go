package command

import "testing"

func TestDetectFlags(t *testing.T) {
	testFlags(t, newDetect, []flagCase[detectOptions]{
		{args: "a.jpg", want: &detectOptions{args: []string{"a.jpg"}}},
		{args: "--draw out.png --detector yunet --min-size 12.5 --workers 3 --accept-license a b", want: &detectOptions{
			args: []string{"a", "b"}, draw: "out.png", view: viewFlags{detector: "yunet", minSize: 12.5,
				workers: 3, accept: true}}},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: "--min-size NaN a", bad: "--min-size NaN: "},
		{args: "--workers -1 a", bad: "--workers -1: "},
		{args: "--workers 1.5 a", bad: "invalid argument"},
		{args: "--model m a", bad: "unknown flag"}, // nothing is embedded
	})
}
