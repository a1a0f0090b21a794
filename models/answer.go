package models

import (
	"fmt"
	"strconv"
	"strings"
)

// PerChannel repeats a single value for each channel of a channel order.
func PerChannel(v []float32, channels string) []float32 {
	if len(v) == 1 && channels != "GRAY" {
		return []float32{v[0], v[0], v[0]}
	}
	return v
}

// Answer sets the field that Unknown names from a person's words.
func (e *Entry) Answer(field, text string) error {
	switch field {
	case "name":
		e.Name = text
	case "role":
		e.Role = Role(text)
	case "decoder":
		e.Decoder = Decoder(text)
	case "channels":
		e.Input.Channels = strings.ToUpper(text)
	case "fit":
		e.Input.Fit = text
	case "license":
		e.License.Class = text
	default:
		v, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		switch field {
		case "width":
			e.Input.Width = int(v)
		case "height":
			e.Input.Height = int(v)
		case "stride":
			e.Input.Stride = int(v)
		case "dim":
			e.Output.Dim = int(v)
		case "score":
			e.Output.Score = float32(v)
		case "nms":
			e.Output.NMS = float32(v)
		case "mean":
			e.Input.Mean = []float32{float32(v)}
		case "std":
			e.Input.Std = []float32{float32(v)}
		default:
			return fmt.Errorf("%s: give it as a flag", field)
		}
	}
	return nil
}
