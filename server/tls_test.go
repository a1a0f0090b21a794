package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"faceid/server/host"
	"faceid/server/hosttest"
)

// With a certificate the server speaks TLS and nothing else.
func TestTLS(t *testing.T) {
	h := hosttest.Open(t, host.Options{})
	borrowed := httptest.NewTLSServer(nil)
	defer borrowed.Close()
	key, err := x509.MarshalPKCS8PrivateKey(borrowed.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: borrowed.Certificate().Raw},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, h, &Options{Listen: "127.0.0.1:0", Cert: filepath.Join(dir, "cert.pem"),
			Key: filepath.Join(dir, "key.pem"), Ready: func(a net.Addr) { addr <- a }})
	}()
	at := (<-addr).String()
	pool := x509.NewCertPool()
	pool.AddCert(borrowed.Certificate())
	client := http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"}},
	}
	defer client.CloseIdleConnections()
	r, err := client.Get("https://" + at + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
	if r, err := http.Get("http://" + at + "/healthz"); err == nil && r.StatusCode == http.StatusOK {
		t.Error("it answers without TLS")
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
