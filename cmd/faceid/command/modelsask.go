package command

import (
	"bufio"
	"fmt"
	"strings"

	"faceid/models"
)

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
		if err := known.Answer(u[0], strings.TrimSpace(line)); err != nil {
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
