package onnx

import (
	"fmt"

	"faceid/embed/resample"
	"faceid/internal/onnxgraph"
	"faceid/models"
)

// Contract is an entry's input and output with the names of the graph filled in.
type Contract struct {
	In    models.Input
	Out   models.Output
	Norm  resample.Norm
	Graph *onnxgraph.Model
}

// NewContract reads the contract of an entry and the graph of its model, and returns ErrModel where they do not fit.
func NewContract(e models.Entry, model []byte) (*Contract, error) {
	if e.Input == nil || e.Output == nil {
		return nil, fmt.Errorf("%w: %s: its entry says nothing of inputs or outputs", ErrModel, e.Name)
	}
	c := &Contract{In: *e.Input, Out: *e.Output}
	if c.In.Width < 1 || c.In.Height < 1 || c.In.Width > 1<<14 || c.In.Height > 1<<14 {
		return nil, fmt.Errorf("%w: %s: input of %d × %d pixels", ErrModel, e.Name, c.In.Width, c.In.Height)
	}
	var err error
	if c.Norm, err = resample.NewNorm(c.In.Channels, c.In.Mean, c.In.Std); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, e.Name, err)
	}
	if c.Graph, err = onnxgraph.Parse(model); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, e.Name, err)
	}
	if c.In.Name == "" {
		in := c.Graph.Inputs()
		if len(in) != 1 {
			return nil, fmt.Errorf("%w: %s: the graph has %d inputs and the entry names none", ErrModel, e.Name,
				len(in))
		}
		c.In.Name = in[0].Name
	}
	if len(c.Out.Names) == 0 {
		for _, v := range c.Graph.Outputs() {
			c.Out.Names = append(c.Out.Names, v.Name)
		}
	}
	return c, nil
}
