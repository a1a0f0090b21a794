package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
	"faceid/recognize"
)

// Default is the name of the collection in Options.Gallery.
const Default = "default"

// Options say what is served.
type Options struct {
	// Gallery is the collection "default": a file, made by the first enrolment, or an engine's address.
	Gallery string
	// Data is the folder of the other collections, NAME.db each. "": there are no others.
	Data string
	// Recognize says which models are used and how; Gallery, Workers, Decode and Pipelines are set here.
	Recognize recognize.Options
	// Keys is the file of keys, see AddKey. "" or a file without a key: nobody is asked for one.
	Keys string

	// KeepPhotos keeps the photos that people are enrolled from, as they were sent, in a folder beside the collection's
	// file, and shows them to whoever has a key; see package pictures. Photos that were kept before go with their
	// templates whether it is set or not.
	KeepPhotos bool
	// S3Root is the folder whose BUCKET/NAME are read where a client names an object in S3. "": none are.
	S3Root string
	// Audit is the file of the audit log, see Entry. "": none is kept.
	Audit string

	Workers int    // photos analysed at once; 0: one per core
	Queue   int    // requests that may wait; 0: 16 per worker
	Limits  Limits // of requests
	Rate    int    // requests a second that a key may send, ten times as many at once; 0: 200

	// Insecure lets anybody in who reaches the server, by whatever name and from wherever, though no key is asked for.
	// UNSAFE: that is everybody in the network, and every page in a browser of this machine.
	Insecure bool

	// Log gets what is worth knowing, never a photo, an embedding or a name. Nil: nothing is logged.
	Log *slog.Logger
}

// Limits bound what a request may ask for. Zero values mean the defaults.
type Limits struct {
	Photo  int64         // bytes of a photo; 16 MiB
	Body   int64         // bytes of a request with photos; 64 MiB
	Pixels int64         // of a photo; 50,000,000
	Photos int           // in a request; 100
	Time   time.Duration // from the first byte to the answer; 60 s
}

// Host serves collections. Its methods are safe for concurrent use.
type Host struct {
	o     Options
	log   *slog.Logger
	keys  *keys
	pool  *pool
	pipes *recognize.Pipelines

	metrics *metrics
	audit   *audit

	guesses buckets // wrong keys by address
	rates   buckets // requests by key

	active sync.WaitGroup // requests under way

	mu          sync.Mutex // Protects collections.
	collections map[string]*collection
}

// Open checks the options and makes the folder of collections; models and galleries are opened when they are needed.
func Open(o *Options) (*Host, error) {
	h := &Host{o: *o, log: o.Log, pipes: &recognize.Pipelines{}, collections: map[string]*collection{}}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	h.o.Queue = cmp.Or(o.Queue, 16*h.o.Workers)
	if h.o.Workers < 1 || h.o.Queue < 0 {
		return nil, errors.New("workers and places in the queue: at least 1")
	}
	l := &h.o.Limits
	l.Photo, l.Body = cmp.Or(l.Photo, 16<<20), cmp.Or(l.Body, 64<<20)
	l.Pixels, l.Photos, l.Time = cmp.Or(l.Pixels, 50e6), cmp.Or(l.Photos, 100), cmp.Or(l.Time, time.Minute)
	h.o.Recognize.Workers = 1 // a request has one slot of the pool
	h.o.Recognize.Pipelines = h.pipes
	h.o.Recognize.Decode = &embed.DecodeOptions{MaxBytes: l.Photo, MaxPixels: l.Pixels}
	h.guesses = buckets{rate: 0.2, burst: 20}
	perKey := cmp.Or(o.Rate, 200)
	h.rates = buckets{rate: rate.Limit(perKey), burst: 10 * perKey}
	h.pool = newPool(h.o.Workers, h.o.Queue)
	h.metrics = newMetrics(h.pool)
	if o.S3Root != "" {
		if fi, err := os.Stat(o.S3Root); err != nil || !fi.IsDir() {
			return nil, hint.With(fmt.Errorf("--s3-root %s: %w", o.S3Root, cmp.Or(err, errors.New("not a folder"))),
				"give the folder that holds a folder per bucket")
		}
	}
	if o.KeepPhotos && recognize.IsAddress(o.Gallery) && o.Data == "" {
		return nil, hint.With(errors.New("there is no place for photos"), "give a folder for them: --data FOLDER")
	}
	if o.Data != "" {
		if err := os.MkdirAll(o.Data, 0o700); err != nil {
			return nil, err
		}
	}
	var err error
	if h.keys, err = openKeys(o.Keys); err != nil {
		return nil, err
	}
	h.audit, err = openAudit(o.Audit)
	return h, err
}

// Limits are those in force.
func (h *Host) Limits() Limits { return h.o.Limits }

// Log is where the protocols write.
func (h *Host) Log() *slog.Logger { return h.log }

// Check returns what is wrong with the default collection's file, if anything is that stays so: it is not a gallery, or
// damaged. One that is not there yet is right.
func (h *Host) Check(ctx context.Context) error {
	if recognize.IsAddress(h.o.Gallery) {
		return nil // a server elsewhere may come
	}
	err := h.Use(ctx, Default, func(r *recognize.Recognizer) error { _, err := r.Gallery(ctx); return err })
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, gallery.ErrBusy) {
		return nil
	}
	return err
}

// Ready loads the default collection's models and prepares its search index: what the first request would wait for.
func (h *Host) Ready(ctx context.Context) error {
	return h.Use(ctx, Default, func(r *recognize.Recognizer) error {
		if _, err := r.Pipeline(ctx); err != nil {
			return err
		}
		e, err := r.Gallery(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if s, ok := e.(*sqlite.Store); ok && err == nil {
			err = s.Prepare(ctx)
		}
		return err
	})
}

// Work lets f work with a collection on a slot of the pool.
func (h *Host) Work(ctx context.Context, collection string, f func(*recognize.Recognizer) error) error {
	return h.Use(ctx, collection, func(r *recognize.Recognizer) error {
		return h.pool.work(ctx, func() error { return f(r) })
	})
}

// Insecure tells whether anybody may do everything from wherever.
func (h *Host) Insecure() bool { return h.o.Insecure }

// Close waits for requests under way, closes the collections and frees the models. No request may come thereafter.
func (h *Host) Close() error {
	h.active.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	for name, c := range h.collections {
		err = errors.Join(err, c.r.Close())
		delete(h.collections, name)
	}
	return errors.Join(err, h.pipes.Close(), h.audit.close())
}

// file is where a collection lies.
func (h *Host) file(name string) string {
	if name == Default {
		return h.o.Gallery
	}
	return filepath.Join(h.o.Data, name+ending)
}
