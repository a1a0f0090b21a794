package command

import (
	"testing"

	"faceid/models"
)

func TestModelsAddFlags(t *testing.T) {
	testFlags(t, newModelsAdd, []flagCase[modelsAddOptions]{
		{args: "m.onnx", want: &modelsAddOptions{file: "m.onnx"}},
		{args: "m.onnx --name mine --role embedder --channels RGB --mean 127.5 --std 1,2,3 --dim 512 --license permissive",
			want: &modelsAddOptions{file: "m.onnx", role: "embedder", mean: []float32{127.5}, std: []float32{1, 2, 3},
				entry: models.Entry{Name: "mine", License: models.License{Class: "permissive"}},
				in:    models.Input{Channels: "RGB"}, out: models.Output{Dim: 512}}},
		{args: "m.onnx --role detector --decoder scrfd --width 640 --height 480 --stride 32 --fit letterbox --score 0.5 --nms 0.4",
			want: &modelsAddOptions{file: "m.onnx", role: "detector", decoder: "scrfd",
				in:  models.Input{Width: 640, Height: 480, Stride: 32, Fit: "letterbox"},
				out: models.Output{Score: 0.5, NMS: 0.4}}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "m.onnx --mean x", bad: "invalid argument"},
		{args: "m.onnx --width 1.5", bad: "invalid argument"},
	})
}
