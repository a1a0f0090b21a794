package weaviate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"faceid/gallery/weaviate/rest"
	"faceid/internal/hint"
)

// host is one node.
type host struct {
	rest.Host
	addr      string
	downUntil atomic.Int64 // UnixNano: not before then, if there is another
}

// hosts are the nodes of the URL.
type hosts struct {
	all            []*host
	next           atomic.Uint32
	timeout, retry time.Duration
}

func newHosts(c Config) *hosts {
	scheme := "http"
	if c.TLS {
		scheme = "https"
	}
	h := &hosts{timeout: c.Timeout, retry: c.Retry}
	for _, addr := range c.Hosts {
		h.all = append(h.all, &host{addr: addr, Host: rest.Host{Base: scheme + "://" + addr + "/v1", Key: c.APIKey}})
	}
	return h
}

// order lists all hosts, beginning with another at each call, those lately unreachable last.
func (h *hosts) order() []*host {
	start, now := int(h.next.Add(1)), time.Now().UnixNano()
	up, down := make([]*host, 0, len(h.all)), []*host(nil)
	for i := range h.all {
		x := h.all[(start+i)%len(h.all)]
		if x.downUntil.Load() > now {
			down = append(down, x)
		} else {
			up = append(up, x)
		}
	}
	return append(up, down...)
}

// quorum runs f on n different hosts at once and returns their answers in no order; for one that fails it takes
// another, waits, and takes them all again, for as long as h.retry. A host that takes a tenth of its time gets one more
// beside it, so that one that hangs does not hold up a search. f must be repeatable. It returns early on an error that
// no host would answer otherwise.
func quorum[T any](ctx context.Context, h *hosts, n int, f func(context.Context, *host) (T, error)) ([]T, error) {
	return ask(ctx, h, n, h.timeout/10, f)
}

// ask is quorum with the time after which another host is asked beside a slow one; 0: never.
func ask[T any](ctx context.Context, h *hosts, n int, hedge time.Duration,
	f func(context.Context, *host) (T, error)) ([]T, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	deadline := time.Now().Add(h.retry)
	type answer struct {
		v    T
		host *host
		err  error
	}
	answers := make(chan answer, len(h.all))
	queue := h.order()
	running := 0
	launch := func() {
		x := queue[0]
		queue = queue[1:]
		running++
		go func() {
			rctx, cancel := context.WithTimeout(ctx, h.timeout)
			defer cancel()
			v, err := f(rctx, x)
			answers <- answer{v, x, err}
		}()
	}
	var out []T
	var failed []*host
	wait := 50 * time.Millisecond
	for {
		for len(queue) > 0 && running < n-len(out) {
			launch()
		}
		if running == 0 { // every host that has not answered failed
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				timer.Stop()
				return nil, ctx.Err()
			case <-timer.C:
			}
			wait = min(2*wait, 2*time.Second)
			queue, failed = failed, nil
			continue
		}
		var slow <-chan time.Time
		if hedge > 0 && len(queue) > 0 {
			slow = time.After(hedge)
		}
		var a answer
		select {
		case a = <-answers:
		case <-slow:
			launch()
			continue
		}
		running--
		switch {
		case a.err == nil:
			a.host.downUntil.Store(0)
			if out = append(out, a.v); len(out) == n {
				return out, nil
			}
			continue
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case permanent(a.err):
			return nil, a.err
		}
		if rest.Unreachable(a.err) {
			a.host.downUntil.Store(time.Now().Add(2 * time.Second).UnixNano())
		}
		failed = append(failed, a.host)
		if time.Now().After(deadline) {
			return nil, hint.With(fmt.Errorf("%w: %d of %d hosts needed for %v; %s: %v", ErrUnavailable, n, len(h.all),
				h.retry, a.host.addr, a.err),
				"see that the cluster's nodes run and that the URL names them; more than half of the replicas must")
		}
	}
}

// once asks one host, and another only when it failed: two that write the same do not make it faster.
func once[T any](ctx context.Context, h *hosts, f func(context.Context, *host) (T, error)) (T, error) {
	out, err := ask(ctx, h, 1, 0, f)
	if err != nil {
		var none T
		return none, err
	}
	return out[0], nil
}

// permanentError wraps what another try would not mend.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

func permanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}

// classify marks a request that the server refuses whoever asks it; everything else is worth another try.
func classify(err error) error {
	switch s := rest.Status(err); s {
	case http.StatusUnauthorized, http.StatusForbidden:
		return permanentError{hint.With(fmt.Errorf("%w: %v", ErrRefused, err),
			"set FACEID_WEAVIATE_API_KEY to a key that may read and write the collection")}
	case http.StatusBadRequest:
		return permanentError{fmt.Errorf("%w: %v", ErrRefused, err)}
	}
	return err
}
