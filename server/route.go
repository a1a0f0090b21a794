package server

import (
	"context"
	"net/http"

	"faceid/recognize"
	"faceid/server/compreface"
	"faceid/server/host"
	"faceid/server/page"
	"faceid/server/rekognition"
)

// route is a row of the native API.
type route struct {
	pattern string // of a ServeMux: METHOD /path/{wildcard}
	scope   host.Scope
	body    bool // has a body, or much to do: takes a place in the queue
	long    bool // can be watched, see events
	slow    bool // streams as long as the client wants: no deadline
	do      func(*call) error
}

// call is a request under way.
type call struct {
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context
	h    *host.Host
	who  host.Who
	name string // of the collection
	form *host.Form

	events *events // nil: the answer is JSON
}

// handler is what a route's requests go through: the key and its scope first, then a place in the queue, then the body.
func handler(h *host.Host, rt route) http.HandlerFunc {
	next := func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, ctx: r.Context(), h: h, who: host.Sender(r.Context())}
		if rt.long && watched(r) {
			c.events = &events{w: w}
			c.ctx = host.Reporting(c.ctx, c.events.progress)
			defer c.events.end()
		}
		err := rt.run(c)
		switch {
		case err == nil:
		case c.events != nil && c.events.begun:
			_, body := h.Failed(w, r, err)
			c.events.send("error", body)
		default:
			h.Fail(w, r, err)
		}
	}
	if rt.body {
		short, long := h.Bounded(h.Fail, next), h.BoundedBy(longest, h.Fail, next)
		next = func(w http.ResponseWriter, r *http.Request) {
			if rt.long && watched(r) {
				long(w, r)
			} else {
				short(w, r)
			}
		}
	}
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := h.ByKey(r, host.BearerOrHeader(r))
		if err == nil {
			who.Known(r.Context())
			err = who.May(rt.scope, "")
		}
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		next(w, r)
	}
}

func (rt route) run(c *call) (err error) {
	if rt.body {
		if c.form, err = c.h.Form(c.w, c.r); err != nil {
			return err
		}
	}
	if c.name = c.r.PathValue("collection"); c.name == "" {
		if c.name, err = c.text("collection"); err != nil {
			return err
		}
	}
	if c.name == "" {
		c.name = host.Default
		if c.who.Collection != "" {
			c.name = c.who.Collection
		}
	}
	if err := c.who.May(rt.scope, c.name); err != nil {
		return err
	}
	if err := c.knows(docs[rt.pattern]); err != nil {
		return err
	}
	return rt.do(c)
}

// reply answers with JSON, or ends the events.
func (c *call) reply(status int, v any) error {
	if c.events != nil {
		c.events.send("result", v)
		return nil
	}
	host.Reply(c.w, status, v)
	return nil
}

// use lets f work with the collection; work does so on a slot of the pool.
func (c *call) use(f func(*recognize.Recognizer) error) error  { return c.h.Use(c.ctx, c.name, f) }
func (c *call) work(f func(*recognize.Recognizer) error) error { return c.h.Work(c.ctx, c.name, f) }

// NewHandler is the whole server as a handler.
func NewHandler(h *host.Host, ready func() error) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes() {
		mux.HandleFunc(rt.pattern, handler(h, rt))
	}
	mux.Handle("/api/v1/", compreface.Handler(h))
	mux.Handle("POST /{$}", rekognition.Handler(h))
	mux.Handle("GET /{$}", page.Handler())
	mux.Handle("GET /page/", page.Handler())
	mux.Handle("GET /metrics", h.Metrics())
	mux.HandleFunc("GET /openapi.json", serveOpenAPI)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		host.Reply(w, http.StatusOK, statusJSON{"ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(); err != nil {
			f := host.FaultOf(err)
			h.Fail(w, r, &host.Fault{Status: 503, Code: "not_ready", Message: f.Message, Hint: f.Hint, Err: err})
			return
		}
		host.Reply(w, http.StatusOK, statusJSON{"ready"})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { notFound(mux, h, w, r) })
	return h.Serve(mux)
}

// notFound tells a wrong method from a wrong path.
func notFound(mux *http.ServeMux, h *host.Host, w http.ResponseWriter, r *http.Request) {
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		other := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(other); pattern != "" && pattern != "/" {
			w.Header().Add("Allow", m)
		}
	}
	if w.Header().Get("Allow") != "" {
		h.Fail(w, r, &host.Fault{Status: 405, Code: "method_not_allowed", Message: "not with this method"})
		return
	}
	h.Fail(w, r, host.Missing("not_found", "there is nothing at this path"))
}
