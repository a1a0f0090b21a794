package server

import (
	"errors"
	"net/http/httptest"
	"testing"

	"faceid/internal/hint"
	"faceid/models"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// Whoever asks whether the server is ready is told what it waits for, and no file's name.
func TestReadyz(t *testing.T) {
	h := hosttest.Open(t, host.Options{})
	for says, err := range map[string]error{
		"still loading": &host.Fault{Message: "still loading"},
		"something went wrong here; the server's log says what": hint.With(
			errors.Join(errors.New("/home/ann/model.onnx"), models.ErrMissing), "faceid models pull"),
	} {
		s := httptest.NewServer(NewHandler(h, func() error { return err }))
		c := &client{t: t, url: s.URL}
		got := c.want(503, "GET", "/readyz", nil)
		if at(got, "error.code") != "not_ready" || at(got, "error.message") != says {
			t.Errorf("%v, want %q", got, says)
		}
		s.Close()
	}
}
