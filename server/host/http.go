package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"faceid/embed/photo"
)

// retryAfter is the time in seconds that a client is told to wait.
const retryAfter = 2

// Reply writes v as JSON.
func Reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.Encode(v) // an error is the client's who is gone
}

// ReplyPhoto writes a photo as it was sent, nothing where there is none.
func ReplyPhoto(w http.ResponseWriter, sent []byte) {
	kind := photo.MediaType(sent)
	if kind == "" { // nothing that a browser would run
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(http.StatusOK)
	w.Write(sent)
}

// ErrorBody is an error as the native API says it.
type ErrorBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
		Details any    `json:"details,omitempty"`
	} `json:"error"`
	RequestID string `json:"request_id"`
}

// Fail answers with an error in the way of the native API.
func (h *Host) Fail(w http.ResponseWriter, r *http.Request, err error) {
	status, b := h.Failed(w, r, err)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	Reply(w, status, b)
}

// Failed is an error in the way of the native API, and its status.
func (h *Host) Failed(w http.ResponseWriter, r *http.Request, err error) (status int, b ErrorBody) {
	f := h.Told(w, r, err)
	b.Error.Code, b.Error.Message, b.Error.Hint, b.Error.Details = f.Code, f.Message, f.Hint, f.Details
	b.RequestID = RequestID(r.Context())
	return f.Status, b
}

var idOK = regexp.MustCompile(`^[A-Za-z0-9_.\-]{1,64}$`)

// Serve wraps the handlers of a server: each request has an id and a line in the log, a panic is a 500, pages of other
// origins are refused (CSRF), and where nobody is asked for a key so are names of this machine that it does not have
// (DNS rebinding).
func (h *Host) Serve(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Fail(w, r, &Fault{Status: 403, Code: "cross_origin", Message: "pages of other origins are refused"})
	}))
	next = origins.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.active.Add(1)
		defer h.active.Done()
		start := time.Now()
		id := r.Header.Get("x-request-id")
		if !idOK.MatchString(id) {
			id = NewUUID()
		}
		known := &request{h: h, id: id, from: remote(r)}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, known))
		head := w.Header()
		head.Set("x-request-id", id)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Cache-Control", "no-store")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		out := &response{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == http.ErrAbortHandler { // the answer was cut off, and the client is to notice
				panic(p)
			}
			if p != nil {
				h.log.Error("panic", "request_id", id, "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
				if out.status == 0 {
					h.Fail(out, r, fmt.Errorf("panic: %v", p))
				}
			}
			took := time.Since(start)
			h.metrics.count(r.Pattern, out.status, took)
			h.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("request_id", id),
				slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Int("status", out.status),
				slog.Int64("ms", took.Milliseconds()), slog.String("key", known.who.Name),
				slog.String("from", known.from))
		}()
		if !h.Asks() && !h.o.Insecure && !localName(r.Host) {
			h.Fail(out, r, &Fault{Status: http.StatusForbidden, Code: "wrong_host",
				Message: "without keys only requests to localhost are answered",
				Hint:    "faceid serve key add makes a key"})
			return
		}
		next.ServeHTTP(out, r)
	})
}

// localName tells whether a Host header names this machine and nothing else could: a page of somebody else's can make
// its own name lead here, but not these.
func localName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if name == "localhost" {
		return true
	}
	ip := net.ParseIP(trimBrackets(name))
	return ip != nil && ip.IsLoopback()
}

func trimBrackets(s string) string {
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		return s[1 : len(s)-1]
	}
	return s
}

// Bounded lets a handler of photos run with a place in the queue and within the time that a request may take. full
// answers where there is no place.
func (h *Host) Bounded(full func(http.ResponseWriter, *http.Request, error), next http.HandlerFunc) http.HandlerFunc {
	return h.BoundedBy(h.o.Limits.Time, full, next)
}

// BoundedBy is Bounded for a request that may take another time.
func (h *Host) BoundedBy(limit time.Duration, full func(http.ResponseWriter, *http.Request, error),
	next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leave, err := h.pool.enter()
		if err != nil {
			full(w, r, err)
			return
		}
		defer leave()
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next(w, r.WithContext(ctx))
	}
}

// Told is what a client is told of an error. What it is not told goes to the log; the header that goes with the Fault
// is set.
func (h *Host) Told(w http.ResponseWriter, r *http.Request, err error) *Fault {
	f := FaultOf(err)
	if f.Status >= 500 && f.Err != nil {
		h.log.Error("failed", "request_id", RequestID(r.Context()), "route", r.Pattern, "error", f.Err.Error())
	}
	if f.Status == http.StatusServiceUnavailable || f.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	return f
}

// response remembers the status.
type response struct {
	http.ResponseWriter
	status int
}

func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *response) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }
