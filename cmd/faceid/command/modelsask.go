package command

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"faceid/models"
)

// perChannel repeats a single value for each channel.
func perChannel(v []float32, channels string) []float32 {
	if len(v) == 1 && channels != "GRAY" {
		return []float32{v[0], v[0], v[0]}
	}
	return v
}

// askEntry asks on the terminal for what is still unknown.
func (a *app) askEntry(e *models.Entry, seen models.Entry) error {
	known := *e
	if known.Input.Width == 0 {
		known.Input.Width, known.Input.Height = seen.Input.Width, seen.Input.Height
	}
	if known.Output.Dim == 0 {
		known.Output.Dim = seen.Output.Dim
	}
	r := bufio.NewReader(a.in)
	for tries := 0; tries < 40; tries++ {
		u := known.Unknown()
		if len(u) == 0 {
			break
		}
		fmt.Fprintf(a.err, "%s: ", question[u[0]])
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s: %w", u[0], err)
		}
		if err := setField(&known, u[0], strings.TrimSpace(line)); err != nil {
			fmt.Fprintln(a.err, err)
		}
	}
	*e = known
	return nil
}

var question = map[string]string{
	"name": "Name", "role": "Role (detector, landmarks, embedder)", "decoder": "Decoder (yunet, scrfd, ultraface)",
	"width": "Input width in pixels", "height": "Input height in pixels", "stride": "Width and height must be multiples of",
	"channels": "Channel order (RGB, BGR, GRAY)", "mean": "Mean subtracted from the 8-bit samples", "std": "Then divided by",
	"fit": "How a photo is fitted (letterbox, stretch)", "score": "Default score threshold", "nms": "NMS overlap",
	"dim":     "Length of the embedding",
	"license": "Licence class (permissive, noncommercial, unknown)",
}

func setField(e *models.Entry, field, text string) error {
	switch field {
	case "name":
		e.Name = text
	case "role":
		e.Role = models.Role(text)
		if e.Role == models.RoleEmbedder {
			e.Decoder, e.Input.Fit = models.DecoderEmbedding, "align112"
		}
	case "decoder":
		e.Decoder = models.Decoder(text)
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
			e.Input.Mean = perChannel([]float32{float32(v)}, e.Input.Channels)
		case "std":
			e.Input.Std = perChannel([]float32{float32(v)}, e.Input.Channels)
		default:
			return fmt.Errorf("%s: give it as a flag", field)
		}
	}
	return nil
}
