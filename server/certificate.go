package server

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"faceid/internal/hint"
)

// certificate is that of TLS, read again when its files change: whoever renews it need not restart the server.
type certificate struct {
	cert, key string // files
	log       *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	changed [2]time.Time
	pair    *tls.Certificate
}

func openCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, looked: time.Now()}
	c.changed = c.times()
	pair, err := tls.LoadX509KeyPair(cert, key)
	c.pair = &pair
	return c, hint.With(err, "--tls-cert and --tls-key name files in PEM form")
}

func (c *certificate) times() (t [2]time.Time) {
	for i, file := range []string{c.cert, c.key} {
		if fi, err := os.Stat(file); err == nil {
			t[i] = fi.ModTime()
		}
	}
	return t
}

// get is the certificate for a handshake. One that cannot be read, as between the writing of its two files, is none:
// the old one stays, and the next handshake a second later tries again.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < time.Second {
		return c.pair, nil
	}
	c.looked = time.Now()
	now := c.times()
	if now == c.changed {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		c.log.Error("the new certificate cannot be used, the old one stays", "error", err.Error())
		return c.pair, nil
	}
	c.pair, c.changed = &pair, now
	c.log.Info("a new certificate")
	return c.pair, nil
}
