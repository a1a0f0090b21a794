package host

import (
	"context"
	"net/http"
)

// pool bounds what is worked on and what waits.
type pool struct {
	slots chan struct{} // of work: one photo under analysis each
	room  chan struct{} // of requests that are worked on or wait
}

func newPool(workers, queue int) *pool {
	return &pool{make(chan struct{}, workers), make(chan struct{}, workers+queue)}
}

// enter takes a place; it returns a Fault of status 503 where all are taken. The caller calls leave.
func (p *pool) enter() (leave func(), err error) {
	select {
	case p.room <- struct{}{}:
		return func() { <-p.room }, nil
	default:
		return nil, &Fault{Status: http.StatusServiceUnavailable, Code: "busy",
			Message: "more requests wait than can be served", Hint: "come back after the time in Retry-After"}
	}
}

// work runs f on one of the slots as soon as one is free, unless ctx ends before.
func (p *pool) work(ctx context.Context, f func() error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	if err := ctx.Err(); err != nil { // both were ready
		return err
	}
	return f()
}
