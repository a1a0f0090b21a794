package command

import (
	"testing"

	"faceid/gallery"
	"faceid/recognize"
)

func TestIdentifyFlags(t *testing.T) {
	testFlags(t, newIdentify, []flagCase[identifyOptions]{
		{args: "a.jpg", want: &identifyOptions{args: []string{"a.jpg"}, k: 1, target: recognize.Target{FAR: 1e-4}}},
		{args: "-k 5 --score mean --largest --far 1e-3 a -", want: &identifyOptions{args: []string{"a", "-"}, k: 5,
			score: gallery.ScoreMean, largest: true,
			target: recognize.Target{FAR: 1e-3}}},
		{args: "--head h.safetensors --top 2 --detector yunet a", want: &identifyOptions{args: []string{"a"}, k: 2,
			head: "h.safetensors", target: recognize.Target{FAR: 1e-4}, view: viewFlags{detector: "yunet"}}},
		{args: "--head h --fpir 0.05 a", want: &identifyOptions{args: []string{"a"}, k: 1, head: "h",
			target: recognize.Target{FAR: 1e-4, FPIR: 0.05}}},
		{args: "--threshold 0.5 a", want: &identifyOptions{args: []string{"a"}, k: 1,
			target: recognize.Target{FAR: 1e-4, Threshold: ptr(0.5)}}},
		{args: "", bad: "requires at least 1 arg(s)"},
		{args: "--top 0 a", bad: "--top 0: at least 1"},
		{args: "--far 2 a", bad: "a rate is in (0, 1)"},
		{args: "--threshold x a", bad: "a number in [-1, 1]"},
		{args: "--workers -1 a", bad: "--workers -1: at least 0"},
		{args: "--fpir 0 a", bad: "a share is in (0, 1)"},
		{args: "--fpir nan a", bad: "a share is in (0, 1)"},
		{args: "--head h --threshold 0.3 a", bad: "none of the others can be"},
		{args: "--head h --far 0.3 a", bad: "none of the others can be"},
		{args: "--head h --score mean a", bad: "none of the others can be"},
	})
}
