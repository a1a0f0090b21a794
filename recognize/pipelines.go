package recognize

import (
	"context"
	"errors"
	"sync"

	"faceid/embed"
	"faceid/models"
)

// Pipelines keep the models that several Recognizers of one process use, so that each is loaded once, however many
// galleries are open. The zero value is empty and ready. Close it after the Recognizers.
type Pipelines struct {
	mu   sync.Mutex
	open map[loading]*Pipeline
}

// loading is what makes two pipelines differ.
type loading struct {
	pack    models.Pack
	views   string
	runtime string
	choose  embed.Select
	minSize float32
	workers int
	decode  *embed.DecodeOptions
}

// get returns the pipeline that r chose, loaded if nobody has it yet.
func (p *Pipelines) get(ctx context.Context, r *Recognizer, c choice) (*Pipeline, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := r.o
	key := loading{c.pack, c.views, o.Runtime, o.Select, o.MinSize, o.Workers, o.Decode}
	if have := p.open[key]; have != nil {
		return have, nil
	}
	one, err := r.load(ctx, c)
	if err != nil {
		return nil, err
	}
	if p.open == nil {
		p.open = map[loading]*Pipeline{}
	}
	p.open[key] = one
	return one, nil
}

// Close frees the models; nothing may be going on.
func (p *Pipelines) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	for key, one := range p.open {
		err = errors.Join(err, one.Close())
		delete(p.open, key)
	}
	return err
}
