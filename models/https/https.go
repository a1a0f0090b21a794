// Package https fetches files for package models over HTTPS. It is the only place of the models' side that links a
// network client: a program that does not import it cannot download, whatever its options say.
package https

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Client fetches. The zero value is ready.
type Client struct {
	// HTTP does the requests. Nil: one with the environment's proxy. Its redirect policy is replaced: only https is
	// followed.
	HTTP *http.Client
	// Stall is how long a server may send nothing before it is given up; 0: one minute.
	Stall time.Duration
}

// Fetch is models.Options.Fetch with the zero Client.
func Fetch(ctx context.Context, address string) (io.ReadCloser, int64, error) {
	return (&Client{}).Fetch(ctx, address)
}

// Fetch opens what stands at an address, and its length where the server announces one, else −1. It returns an error
// for an address or a redirection that is not https (plain http is for this machine alone), for a server that answers
// anything but 200, and while reading for one that stalls.
func (c *Client) Fetch(ctx context.Context, address string) (io.ReadCloser, int64, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, -1, err
	}
	if err := secure(u); err != nil {
		return nil, -1, err
	}
	stall := c.Stall
	if stall == 0 {
		stall = time.Minute
	}
	ctx, cancel := context.WithCancelCause(ctx)
	b := &body{ctx: ctx, cancel: cancel, stall: stall}
	b.idle = time.AfterFunc(stall, func() { cancel(fmt.Errorf("the server sent nothing for %v", stall)) })
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		b.Close()
		return nil, -1, err
	}
	req.Header.Set("User-Agent", "faceid")
	req.Header.Set("Accept-Encoding", "identity") // the size and the checksum are those of the file
	resp, err := c.client().Do(req)
	if err != nil {
		err = b.because(err)
		b.Close()
		return nil, -1, err
	}
	b.r = resp.Body
	if resp.StatusCode != http.StatusOK {
		b.Close()
		return nil, -1, fmt.Errorf("the server answers %s", resp.Status)
	}
	return b, resp.ContentLength, nil
}

// client returns the HTTP client with a redirect policy that never leaves https.
func (c *Client) client() *http.Client {
	h := http.Client{}
	if c.HTTP != nil {
		h = *c.HTTP
	}
	h.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return errors.New("more than ten redirects")
		}
		return secure(r.URL)
	}
	return &h
}

// secure refuses addresses that are not https; plain http is for this machine only.
func secure(u *url.URL) error {
	if u.Scheme == "https" {
		return nil
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); u.Scheme == "http" && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("%s://%s is not https", u.Scheme, u.Host)
}

// body is an answer that puts off the stall timer with every read.
type body struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	r      io.ReadCloser
	idle   *time.Timer
	stall  time.Duration
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.idle.Reset(b.stall)
	if err != nil && err != io.EOF {
		err = b.because(err)
	}
	return n, err
}

func (b *body) Close() error {
	b.idle.Stop()
	b.cancel(nil)
	if b.r == nil {
		return nil
	}
	return b.r.Close()
}

// because prefers the reason that the context was cancelled for to the bare fact.
func (b *body) because(err error) error {
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	return err
}
