package host

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are for Prometheus. Routes are those of the table, so that their number is bounded and no name is among them.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(p *pool) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "faceid_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "faceid_request_seconds", Help: "Time from the headers to the answer, by route.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 15)}, []string{"route"}),
	}
	gauge := func(name, help string, of func() int) prometheus.Collector {
		o := prometheus.GaugeOpts{Name: name, Help: help}
		return prometheus.NewGaugeFunc(o, func() float64 { return float64(of()) })
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("faceid_working", "Requests that are worked on.", func() int { return len(p.slots) }),
		gauge("faceid_workers", "Requests that can be worked on at once.", func() int { return cap(p.slots) }),
		gauge("faceid_places_taken", "Requests with photos, worked on or waiting.", func() int { return len(p.room) }),
		gauge("faceid_places", "Requests with photos beyond which clients are told to come back.",
			func() int { return cap(p.room) }))
	return m
}

func (m *metrics) count(route string, status int, took time.Duration) {
	route = cmp.Or(route, "none")
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Metrics answers with the figures in Prometheus's text format, to whoever has a key.
func (h *Host) Metrics() http.Handler {
	show := promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := h.ByKey(r, BearerOrHeader(r))
		if err == nil {
			who.Known(r.Context())
			err = who.May(Read, "")
		}
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		show.ServeHTTP(w, r)
	})
}
