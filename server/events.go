package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"faceid/server/host"
)

const (
	eventStream = "text/event-stream"
	longest     = time.Hour              // that a request may take whose client watches it
	seldom      = 100 * time.Millisecond // between two events of progress
	beat        = 15 * time.Second       // of silence, after which proxies may think that nobody is there
	stuck       = 30 * time.Second       // that a client may take to read what it is told
)

// watched tells whether the client wants to be told how far its request is.
func watched(r *http.Request) bool {
	for _, accept := range r.Header.Values("Accept") {
		for kind := range strings.SplitSeq(accept, ",") {
			if m, _, err := mime.ParseMediaType(kind); err == nil && m == eventStream {
				return true
			}
		}
	}
	return false
}

// events is an answer as server-sent events (the HTML standard, 9.2): progress as it comes, findings of a test, and at
// the end a result, which is the answer, or an error. It begins with the first of them: what is refused before is
// answered with a status.
type events struct {
	w http.ResponseWriter

	mu    sync.Mutex
	begun bool
	last  time.Time // event of progress
	stop  chan struct{}
}

func (e *events) begin() {
	if e.begun {
		return
	}
	e.begun, e.stop = true, make(chan struct{})
	c := http.NewResponseController(e.w)
	c.EnableFullDuplex() // an import is read while it is told how far it is
	c.SetReadDeadline(time.Time{})
	e.w.Header().Set("Content-Type", eventStream)
	e.w.Header().Set("X-Accel-Buffering", "no") // nginx
	e.w.WriteHeader(http.StatusOK)
	go func() {
		for tick := time.NewTicker(beat); ; {
			select {
			case <-tick.C:
				e.mu.Lock()
				e.write([]byte(": still at it\n\n"))
				e.mu.Unlock()
			case <-e.stop:
				tick.Stop()
				return
			}
		}
	}()
}

// write is called with mu held; a client that is gone ends the request by its context.
func (e *events) write(b []byte) {
	c := http.NewResponseController(e.w)
	c.SetWriteDeadline(time.Now().Add(stuck))
	e.w.Write(b)
	c.Flush()
}

func (e *events) send(name string, v any) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\ndata: ", name)
	enc := json.NewEncoder(&b) // ends the line
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // it is data of this package
	}
	b.WriteByte('\n')
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begin()
	e.write(b.Bytes())
}

// progress tells how far the request is, the end and what else comes not too soon.
func (e *events) progress(p host.Progress) {
	e.mu.Lock()
	soon := time.Since(e.last) < seldom && p.Done != p.Total
	if !soon {
		e.last = time.Now()
	}
	e.mu.Unlock()
	if !soon {
		e.send("progress", p)
	}
}

// end is called when nothing more is sent.
func (e *events) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.begun {
		close(e.stop)
	}
}
