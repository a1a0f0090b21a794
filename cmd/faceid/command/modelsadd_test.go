package command

import (
	"testing"

	"faceid/models"
)

func TestModelsAddFlags(t *testing.T) {
	testFlags(t, newModelsAdd, []flagCase[modelsAddOptions]{
		{args: "m.onnx", want: &modelsAddOptions{file: "m.onnx", entry: models.Entry{Input: &models.Input{},
			Output: &models.Output{}}}},
		{args: "m.onnx --name mine --role embedder --channels RGB --mean 127.5 --std 1,2,3 --dim 512 --license " +
			"permissive",
			want: &modelsAddOptions{file: "m.onnx", entry: models.Entry{Name: "mine", Role: models.RoleEmbedder,
				License: models.License{Class: "permissive"}, Output: &models.Output{Dim: 512},
				Input: &models.Input{Channels: "RGB", Mean: []float32{127.5}, Std: []float32{1, 2, 3}}}}},
		{args: "m.onnx --role detector --decoder scrfd --width 640 --height 480 --stride 32 --fit letterbox --score " +
			"0.5 --nms 0.4",
			want: &modelsAddOptions{file: "m.onnx", entry: models.Entry{Role: models.RoleDetector,
				Decoder: models.DecoderSCRFD,
				Input:   &models.Input{Width: 640, Height: 480, Stride: 32, Fit: "letterbox"},
				Output:  &models.Output{Score: 0.5, NMS: 0.4}}}},
		{args: "", bad: "accepts 1 arg(s)"},
		{args: "m.onnx --mean x", bad: "invalid argument"},
		{args: "m.onnx --width 1.5", bad: "invalid argument"},
	})
}
