// Package server answers over HTTP what package recognize decides: the native API under /v1, and the protocols of
// clients that exist.
//
//	h, err := host.Open(&host.Options{Gallery: recognize.DefaultGallery()})
//	defer h.Close()
//	err = server.Run(ctx, h, &server.Options{Listen: "127.0.0.1:8000"})
//
// The native API is collections → people → faces. Photos come as multipart/form-data, as base64 in JSON, or alone as
// image/…; answers are JSON, errors are
//
//	{"error": {"code": "face_not_found", "message": "…", "hint": "…", "details": {…}}, "request_id": "…"}
//
// and every answer with a score says the threshold that it was compared with, the false accept rate that this stands
// for, and on whom that was measured.
//
// # Caveats
//
// Without a key the server listens on this machine alone, and answers no page of another origin and no name but
// localhost. A key travels in the clear without TLS. A photo has at most 50 million pixels, see host.Limits.
//
// # Design
//
// The router is net/http's own ServeMux. Since Go 1.22 it has methods and wildcards, which is all that the routes here
// need: rejected were chi and gorilla/mux, whose middleware groups would save some twenty lines for a dependency in
// the path of every request.
//
// A certificate comes in two files, which are read again when they change: whatever renews it (certbot, lego, acme.sh,
// a proxy) needs no restart. Rejected: ACME in the server (golang.org/x/crypto/acme/autocert). It needs port 443 or 80
// from the whole internet and a public name, which servers of faces at home or at work do not have; and asking an
// authority for a certificate would be the one thing here that speaks to another machine.
//
// A route is a row of a table with its scope and what it needs of the pool, so that no handler can forget to ask for
// either; the table is also what documents are checked against.
package server
