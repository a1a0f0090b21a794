package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"faceid/internal/hint"
	"faceid/server/host"
)

// Options say how to listen.
type Options struct {
	Listen    string // HOST:PORT; "": 127.0.0.1:8000
	Cert, Key string // files of a TLS certificate and its key, read again when they change; "": plain HTTP

	// Listener takes the place of Listen: see that function.
	Listener net.Listener
	// Ready is told the address when the server listens; nil: nobody wants to know.
	Ready func(net.Addr)
}

// again is when models that could not be loaded are tried once more.
const again = 5 * time.Second

// grace is how long requests under way may take when the server is told to end.
const grace = 30 * time.Second

// cause is what the system says of an address, without the words that package net puts before it.
func cause(err error) error {
	if e := (*net.OpError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

func advice(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program has the port, perhaps another faceid serve: choose one with --listen 127.0.0.1:PORT"
	case errors.Is(err, fs.ErrPermission):
		return "ports below 1024 are the system's: choose a higher one, or let a proxy or systemd have this one"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: 127.0.0.1 is for this machine, :PORT for the network"
	}
	return "--listen wants HOST:PORT, as 127.0.0.1:8000"
}

// Listen takes an address, "": 127.0.0.1:8000. Whoever opens files for a server does this before: a second one is told
// that the address is taken, which says more than a file that is.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	address = cmp.Or(address, "127.0.0.1:8000")
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, hint.With(fmt.Errorf("cannot listen on %s: %w", address, cause(err)), advice(err))
	}
	return ln, nil
}

// Run serves until ctx ends; then it takes no more requests, and those under way are answered. Without a key it
// refuses to listen elsewhere than on this machine, and with a gallery that is none to serve at all. The caller closes
// h thereafter.
func Run(ctx context.Context, h *host.Host, o *Options) (err error) {
	ln := o.Listener
	if ln == nil {
		if ln, err = Listen(ctx, o.Listen); err != nil {
			return err
		}
	}
	defer ln.Close()
	if err := h.Check(ctx); err != nil {
		return err
	}
	if a, ok := ln.Addr().(*net.TCPAddr); (!ok || !a.IP.IsLoopback()) && !h.Asks() && !h.Insecure() {
		return hint.With(fmt.Errorf("%s can be reached from other machines, and nobody is asked for a key", ln.Addr()),
			"make one: faceid serve key add NAME --scope admin; or listen on 127.0.0.1")
	}
	secure := o.Cert != "" || o.Key != ""
	var c *certificate
	if secure {
		if c, err = openCertificate(o.Cert, o.Key, h.Log()); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
	}
	var state atomic.Pointer[error] // nil: not yet known
	s := &http.Server{
		Handler: NewHandler(h, func() error {
			if err := state.Load(); err != nil {
				return *err
			}
			return &host.Fault{Message: "still loading"}
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       h.Limits().Time + 10*time.Second,
		WriteTimeout:      2*h.Limits().Time + 10*time.Second, // counts from the headers on
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	if secure {
		s.TLSConfig = &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12}
	}
	warm, stop := context.WithCancel(ctx)
	defer stop()
	warmed := make(chan struct{})
	go func() { // listening at once, ready when the models are there
		defer close(warmed)
		for {
			err := h.Ready(warm)
			if warm.Err() != nil {
				return
			}
			state.Store(&err)
			if err == nil {
				if err := h.Tidy(warm); err != nil && warm.Err() == nil {
					h.Log().Error("photos cannot be tidied up", "error", err.Error())
				}
				return
			}
			h.Log().Error("not ready", "error", err.Error())
			select {
			case <-warm.Done():
			case <-time.After(again):
			}
		}
	}()
	defer func() { stop(); <-warmed }()
	ended := make(chan error, 1)
	go func() {
		if secure {
			ended <- s.ServeTLS(ln, "", "")
		} else {
			ended <- s.Serve(ln)
		}
	}()
	if o.Ready != nil {
		o.Ready(ln.Addr())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop()
	<-warmed
	var closing error = &host.Fault{Message: "shutting down"}
	state.Store(&closing)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.Shutdown(last); err != nil {
		s.Close()
		return fmt.Errorf("requests under way were cut off: %w", err)
	}
	return nil
}
