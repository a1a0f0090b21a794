package compreface

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"faceid/recognize"
	"faceid/server/host"
)

// call is a request under way.
type call struct {
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context
	h    *host.Host
	name string // of the collection
	q    url.Values
	form *host.Form
}

type route struct {
	pattern string
	scope   host.Scope
	body    bool // takes a place in the queue
	do      func(*call) error
}

// Handler answers under /api/v1.
func Handler(h *host.Host) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes() {
		mux.HandleFunc(rt.pattern, handler(h, rt))
	}
	mux.HandleFunc("GET /api/v1/config", func(w http.ResponseWriter, r *http.Request) {
		host.Reply(w, 200, map[string]int{"clientMaxFileSize": 5 << 20, "clientMaxBodySize": 10 << 20})
	})
	mux.HandleFunc("GET /api/v1/consistence/status", func(w http.ResponseWriter, r *http.Request) {
		host.Reply(
			w,
			200,
			map[string]bool{
				"demoFaceCollectionIsInconsistent": false,
				"dbIsInconsistent":                 false,
				"saveImagesToDB":                   false,
			},
		)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		host.Reply(w, http.StatusNotFound, errorJSON{"Not found", 0}) // a wrong method, too
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, ok := strings.CutSuffix(r.URL.Path, "/"); ok { // clients send either
			u := *r.URL
			u.Path, u.RawPath = p, strings.TrimSuffix(u.RawPath, "/")
			to := *r
			to.URL = &u
			mux.ServeHTTP(w, &to)
			r.Pattern = to.Pattern // for the log
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func routes() []route {
	const subjects, faces, body = "/api/v1/recognition/subjects", "/api/v1/recognition/faces", true
	const recognition, verification = "/api/v1/recognition", "/api/v1/verification"
	return []route{
		{"GET " + subjects, host.Read, !body, (*call).listSubjects},
		{"POST " + subjects, host.Enrol, body, (*call).addSubject},
		{"DELETE " + subjects, host.Admin, !body, (*call).removeSubjects},
		{"PUT " + subjects + "/{subject}", host.Enrol, body, (*call).renameSubject},
		{"DELETE " + subjects + "/{subject}", host.Enrol, !body, (*call).removeSubject},

		{"GET " + faces, host.Read, !body, (*call).listFaces},
		{"POST " + faces, host.Enrol, body, (*call).addFace},
		{"DELETE " + faces, host.Enrol, !body, (*call).removeFaces},
		{"DELETE " + faces + "/{id}", host.Enrol, !body, (*call).removeFace},
		{"POST " + faces + "/delete", host.Enrol, body, (*call).removeListed},
		{"GET " + faces + "/{id}/img", host.Read, !body, (*call).picture},
		{"GET /api/v1/static/{key}/images/{id}", host.Read, !body, (*call).picture}, // for a page: the key in the path

		{"POST " + recognition + "/recognize", host.Read, body, (*call).recognize},
		{"POST " + faces + "/{id}/verify", host.Read, body, (*call).verifyFace},
		{"POST /api/v1/detection/detect", host.Read, body, (*call).detect},
		{"POST " + verification + "/verify", host.Read, body, (*call).verify},
		{"POST " + recognition + "/embeddings/recognize", host.Read, body, (*call).recognizeEmbeddings},
		{"POST " + recognition + "/embeddings/faces/{id}/verify", host.Read, body, (*call).verifyFaceEmbeddings},
		{"POST " + verification + "/embeddings/verify", host.Read, body, (*call).verifyEmbeddings},
	}
}

func handler(h *host.Host, rt route) http.HandlerFunc {
	failed := func(w http.ResponseWriter, r *http.Request, err error) { fail(h, w, r, err) }
	next := func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, ctx: r.Context(), h: h, name: host.Default, q: query(r.URL.RawQuery)}
		who := host.Sender(c.ctx)
		if who.Collection != "" {
			c.name = who.Collection
		}
		var err error
		if rt.body && r.Pattern != arrayRoute {
			c.form, err = h.Form(w, r)
		}
		if err == nil {
			err = rt.do(c)
		}
		if err != nil {
			fail(h, w, r, err)
		}
	}
	if rt.body {
		next = h.Bounded(failed, next)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := key(h, r)
		if err == nil {
			who.Known(r.Context())
			err = who.May(rt.scope, "")
		}
		if err != nil {
			fail(h, w, r, err)
			return
		}
		next(w, r)
	}
}

// arrayRoute has an array for a body.
const arrayRoute = "POST /api/v1/recognition/faces/delete"

// query reads a query. One client begins its options with a second question mark.
func query(raw string) url.Values {
	q, _ := url.ParseQuery(strings.ReplaceAll(raw, "?", "&")) // what cannot be read is not there
	return q
}

var isUUID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func key(h *host.Host, r *http.Request) (host.Who, error) {
	k := cmp.Or(r.PathValue("key"), r.Header.Get("x-api-key"))
	switch {
	case !h.Asks():
		return h.ByKey(r, k)
	case k == "":
		return host.Who{}, coded(400, 20, "Missing header: x-api-key")
	case !isUUID.MatchString(k):
		return host.Who{}, coded(400, 26, "Service API key should be UUID")
	}
	who, err := h.ByKey(r, k)
	if f := (*host.Fault)(nil); errors.As(err, &f) && f.Code == "key_unknown" {
		service, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/")
		err = coded(404, 10, fmt.Sprintf("%s service with API Key %s not found", title(service), k))
	}
	return who, err
}

func title(s string) string {
	switch s {
	case "recognition", "detection", "verification":
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return "Face"
}

type errorJSON struct {
	Message string `json:"message"`
	Code    int    `json:"code"`
}

// codedError is an error as the protocol has it.
type codedError struct {
	status int
	body   errorJSON
}

func (e *codedError) Error() string { return e.body.Message }

func coded(status, code int, message string) error {
	return &codedError{status, errorJSON{message, code}}
}

// codes are the protocol's for codes of Faults; all are of status 400 but for those that say so.
var codes = map[string]struct{ status, code int }{
	"face_not_found": {400, 28}, "too_poor": {400, 28}, "several_faces": {400, 31}, "person_not_found": {404, 42},
	"face_id_not_found": {404, 44}, "name_taken": {400, 43}, "not_a_photo": {400, 21}, "photo_cut_off": {400, 21},
	"bad_base64": {400, 21}, "photo_missing": {400, 34}, "bad_name": {400, 26}, "bad_embedding": {400, 26},
	"internal": {500, 41},
}

func fail(h *host.Host, w http.ResponseWriter, r *http.Request, err error) {
	var own *codedError
	if errors.As(err, &own) {
		host.Reply(w, own.status, own.body)
		return
	}
	f := h.Told(w, r, err)
	status, body := f.Status, errorJSON{f.Message, 0}
	if c, ok := codes[f.Code]; ok {
		status, body.Code = c.status, c.code
	} else if status == 422 || status == 409 {
		status = 400
	}
	switch f.Code {
	case "face_not_found":
		body.Message = "No face is found in the given image"
	case "too_poor":
		body.Message = "No face is found in the given image that is good enough: " + f.Message
	case "several_faces":
		body.Message = "More than one face in the source image"
	case "not_a_photo", "photo_cut_off":
		body.Message = "File has an unavailable extension: " + f.Message
	case "bad_base64":
		body.Message = "Provided value is not Base64"
	}
	host.Reply(w, status, body)
}

// use and work let f work with the collection, work on a slot of the pool.
func (c *call) use(f func(*recognize.Recognizer) error) error  { return c.h.Use(c.ctx, c.name, f) }
func (c *call) work(f func(*recognize.Recognizer) error) error { return c.h.Work(c.ctx, c.name, f) }

func (c *call) reply(status int, v any) error {
	host.Reply(c.w, status, v)
	return nil
}
