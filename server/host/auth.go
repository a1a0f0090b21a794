package host

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

// Who is whoever sent a request.
type Who struct {
	Name       string // of the key; "": nobody was asked for one
	Scope      Scope
	Collection string // the only one that the key opens; "": all
}

// Asks tells whether requests need a key.
func (h *Host) Asks() bool {
	_, demand := h.keys.current()
	return demand
}

// anybody is who sends requests where no key is asked for.
var anybody = Who{Scope: Admin}

// ByKey tells who presents a key; "" is none. Its Faults are of the codes key_missing, key_unknown and rate_limited.
func (h *Host) ByKey(r *http.Request, key string) (Who, error) {
	all, demand := h.keys.current()
	if !demand {
		return anybody, nil
	}
	if key == "" {
		return Who{}, &Fault{Status: 401, Code: "key_missing", Message: "a key is needed",
			Hint: "send Authorization: Bearer KEY; faceid serve key add makes one"}
	}
	k, ok := find(all, key)
	if !ok {
		unknown := &Fault{Status: 401, Code: "key_unknown", Message: "this key is not known, or was revoked"}
		return Who{}, h.wrong(r, unknown)
	}
	return h.admit(k)
}

// BySecret tells who signs with an access key: right is asked whether the signature is one made with its secret. The
// Faults are those of ByKey.
func (h *Host) BySecret(r *http.Request, accessKey string, right func(secret string) error) (Who, error) {
	all, demand := h.keys.current()
	if !demand {
		return anybody, nil
	}
	for _, k := range all {
		if k.AccessKey == "" || k.AccessKey != accessKey { // no secret: it stands in every request
			continue
		}
		if err := right(k.Secret); err != nil {
			return Who{}, h.wrong(r, err)
		}
		return h.admit(k)
	}
	unknown := &Fault{Status: 401, Code: "key_unknown", Message: "this access key is not known, or was revoked"}
	return Who{}, h.wrong(r, unknown)
}

// wrong counts a wrong key, and says so instead of err where many came from one address. Right keys are not slowed
// down: behind a proxy all have one address.
func (h *Host) wrong(r *http.Request, err error) error {
	if !h.guesses.take(remote(r)) {
		return tooMany("too many wrong keys came from this address")
	}
	return err
}

func (h *Host) admit(k Key) (Who, error) {
	if !h.rates.take(k.Name) {
		return Who{}, tooMany("this key sends more requests than it may")
	}
	return Who{k.Name, k.Scope, k.Collection}, nil
}

func tooMany(says string) *Fault {
	return &Fault{
		Status:  http.StatusTooManyRequests,
		Code:    "rate_limited",
		Message: says,
		Hint:    "come back after the time in Retry-After",
	}
}

// May returns a Fault of status 403 unless w may do what needs this scope, in this collection; "" is none.
func (w Who) May(want Scope, collection string) error {
	if !w.Scope.Allows(want) {
		return &Fault{
			Status:  http.StatusForbidden,
			Code:    "forbidden",
			Message: "this key may not do that: it needs scope " + string(want),
		}
	}
	if w.Collection != "" && collection != "" && collection != w.Collection {
		return &Fault{Status: http.StatusForbidden, Code: "forbidden", Message: "this key opens another collection"}
	}
	return nil
}

// request is what is known of a request all through.
type request struct {
	h    *Host
	id   string
	from string
	who  Who
}

type requestKey struct{}

// Known notes who sent the request of ctx, for the logs and for Sender.
func (w Who) Known(ctx context.Context) {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		r.who = w
	}
}

// Sender is who Known noted.
func Sender(ctx context.Context) Who {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r.who
	}
	return Who{}
}

// RequestID is the id of the request that ctx belongs to.
func RequestID(ctx context.Context) string {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r.id
	}
	return ""
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil { // whoever has one IPv6 address has 2^64 of them
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}

// BearerOrHeader is the key in Authorization: Bearer, else in x-api-key.
func BearerOrHeader(r *http.Request) string {
	scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return r.Header.Get("x-api-key")
}

// buckets are token buckets by name; so many names, then all are forgotten.
type buckets struct {
	rate  rate.Limit
	burst int

	mu sync.Mutex
	by map[string]*rate.Limiter
}

const manyBuckets = 10_000

func (b *buckets) of(name string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.by[name]
	if l == nil {
		if b.by == nil || len(b.by) >= manyBuckets {
			b.by = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(b.rate, b.burst)
		b.by[name] = l
	}
	return l
}

func (b *buckets) take(name string) bool { return b.of(name).Allow() }
