package command

import (
	"bufio"
	"fmt"
	"strings"

	"faceid/models"
)

// askEntry asks on the terminal for what neither the flags nor the graph tell.
func (a *app) askEntry(e *models.Entry, graph models.Entry) error {
	r := bufio.NewReader(a.in)
	for range 40 { // tries
		u, err := models.UnknownOf(*e, graph)
		if err != nil || len(u) == 0 {
			return err
		}
		fmt.Fprintf(a.err, "%s: ", question[u[0]])
		line, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%s: %w", u[0], err)
		}
		if err := e.Answer(u[0], strings.TrimSpace(line)); err != nil {
			fmt.Fprintln(a.err, err)
		}
	}
	return nil
}

var question = map[string]string{
	"name": "Name", "role": "Role (detector, landmarks, embedder)", "decoder": "Decoder (yunet, scrfd, ultraface)",
	"width": "Input width in pixels", "height": "Input height in pixels",
	"stride":   "Width and height must be multiples of",
	"channels": "Channel order (RGB, BGR, GRAY)", "mean": "Mean subtracted from the 8-bit samples",
	"std": "Then divided by",
	"fit": "How a photo is fitted (letterbox, stretch)", "score": "Default score threshold", "nms": "NMS overlap",
	"dim":     "Length of the embedding",
	"license": "Licence class (permissive, noncommercial, unknown)",
}
