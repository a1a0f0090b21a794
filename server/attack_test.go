package server

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"

	"faceid/embed"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// A client's mistake is told with a status of 4xx and a code, whatever it sends, and never with 5xx.
func TestMistakes(t *testing.T) {
	photo := hosttest.People(t, 1)[0].Photos[0]
	c, _ := serve(t, host.Options{Limits: host.Limits{Body: 1 << 20, Photo: 300 << 10, Photos: 3, Pixels: 4e6}})
	c.post(201, "/v1/collections/default/people", map[string]string{"name": "Ada"}, "image", photo)
	const one, js = "/v1/collections/default", "application/json"
	const pair, ada = `{"source": %q, "target": %q}`, `{"name": "Ada", "images": %q}`
	foreign := `{"format":"faceid gallery","version":1,"people":0,"templates":0,` +
		`"model":{"name":"x","sha256":"` + strings.Repeat("0", 64) + `","dim":3,"views":"plain"}}`
	kind, body := form(t, map[string]string{"name": "Ada"}, "image", photo)
	whole := body.String()
	group := hosttest.Samples(t)[0]
	for _, x := range []struct {
		method, path, kind, body string
		status                   int
		code                     string
	}{
		{"POST", "/v1/detect", kind, whole[:len(whole)/2], 400, "body_cut_off"},
		{"POST", "/v1/detect", kind, "", 400, "body_cut_off"},
		{"POST", "/v1/detect", "multipart/form-data", "", 400, "bad_request"},
		{"POST", "/v1/detect", "multipart/form-data; boundary=" + strings.Repeat("x", 99), whole, 400, "bad_request"},
		{"POST", "/v1/detect", "/;;=", "x", 400, "bad_request"},
		{"POST", "/v1/detect", "application/xml", "<a/>", 415, "unsupported_media_type"},
		{"POST", "/v1/detect", "image/jpeg", strings.Repeat("x", 400<<10), 413, "photo_too_large"},
		{"POST", "/v1/detect", js, strings.Repeat(" ", 2<<20), 413, "body_too_large"},
		{"POST", "/v1/detect", "image/jpeg", "", 400, "photo_missing"},
		{"POST", "/v1/detect", "image/jpeg", "GIF89a", 422, "photo_cut_off"},
		{"POST", "/v1/detect", "image/jpeg", "hello", 415, "not_a_photo"},
		{"POST", "/v1/detect", "image/jpeg", string(photo[:len(photo)/2]), 422, "photo_cut_off"},
		{"POST", "/v1/detect", "image/png", pngHeader(60_000, 60_000), 413, "photo_too_large"},
		{"POST", "/v1/detect", js, `{"image": "*"}`, 400, "bad_base64"},
		{"POST", "/v1/detect", js, `{"image": 7}`, 400, "bad_request"},
		{"POST", "/v1/detect", js, `{"image": null}`, 400, "photo_missing"},
		{"POST", "/v1/detect", js, `{"image": ["", ""]}`, 400, "photo_missing"},
		{"POST", "/v1/detect", js, `{"image": ["","","",""]}`, 413, "too_many_photos"},
		{"POST", "/v1/detect", js, `[]`, 400, "bad_json"},
		{"POST", "/v1/detect", js, strings.Repeat(`{"a":`, 20_000), 400, "bad_json"},
		{"POST", "/v1/detect?collection=../../etc/passwd", js, `{}`, 400, "photo_missing"},
		{"POST", "/v1/verify", js, `{"source_embedding": [1, 2], "target_embedding": [1]}`, 422, "bad_embedding"},
		{"POST", "/v1/verify?far=2", js, `{}`, 400, "bad_request"},
		{"POST", "/v1/verify?threshold=NaN", js, `{}`, 400, "bad_request"},
		{"POST", "/v1/verify?far=1e-9", js, fmt.Sprintf(pair, b64(photo), b64(photo)), 422, "rate_unknown"},
		{"POST", one + "/search", js, `{"embeddings": [[0]]}`, 422, "bad_embedding"},
		{"POST", one + "/search", js, `{"embeddings": [[1e400]]}`, 400, "bad_request"},
		{"POST", one + "/search", js, `{"embeddings": []}`, 400, "bad_request"},
		{"POST", one + "/identify?fpir=0.01", "image/jpeg", string(photo), 409, "too_few_people"},
		{"POST", one + "/identify?top=0", "image/jpeg", string(photo), 400, "bad_request"},
		{"POST", one + "/identify?largest=perhaps", "image/jpeg", string(photo), 400, "bad_request"},
		{"POST", one + "/people", js, `{"images": "AAAA"}`, 400, "bad_request"},
		{"POST", one + "/people", js, `{"name": "Ada"}`, 400, "photo_missing"},
		{"POST", one + "/people", js, `{"name": "a\nb", "images": "AAAA"}`, 400, "bad_name"},
		{"POST", one + "/people", js, `{"name": "#1", "images": "AAAA"}`, 400, "bad_name"},
		{"POST", one + "/people", js, `{"name": "Ada", "images": "AAAA", "metadata": []}`, 400, "bad_metadata"},
		{"POST", one + "/people", js, `{"name": "Ada", "images": "aGVsbG8="}`, 415, "not_a_photo"},
		{"POST", one + "/people?unique=1", js, fmt.Sprintf(ada, b64(photo)), 409, "name_taken"},
		{"POST", one + "/people/7/faces", "image/jpeg", string(photo), 404, "person_not_found"},
		{"POST", one + "/people/x/faces", "image/jpeg", string(photo), 404, "person_not_found"},
		{"GET", one + "/people/99999999999999999999", "", "", 404, "person_not_found"},
		{"POST", one + "/people/1/merge", js, `{"from": [1]}`, 400, "bad_request"},
		{"POST", one + "/people/1/merge", js, `{"from": [2]}`, 404, "person_not_found"},
		{"POST", one + "/faces/99/move", js, `{"to": 1}`, 404, "face_id_not_found"},
		{"POST", one + "/faces/remove", js, `{"ids": ["1"]}`, 400, "bad_request"},
		{"POST", one + "/people/remove", js, `{"ids": [9]}`, 404, "person_not_found"},
		{"GET", one + "/people?cursor=!", "", "", 400, "bad_request"},
		{"GET", one + "/people?cursor=" + encodeCursor('f', 1), "", "", 400, "bad_request"},
		{"GET", one + "/people?limit=-1", "", "", 400, "bad_request"},
		{"GET", "/v1/collections/none/people", "", "", 404, "collection_not_found"},
		{"GET", "/v1/collections/..%2f..%2fetc/people", "", "", 404, "collection_not_found"},
		{"DELETE", "/v1/collections/.db-wal", "", "", 404, "collection_not_found"},
		{"POST", "/v1/collections", js, `{"name": "../x"}`, 400, "bad_name"},
		{"POST", "/v1/collections", js, `{}`, 400, "bad_name"},
		{"POST", one + "/import", js, foreign, 409, "model_mismatch"},
		{"PUT", "/v1/detect", "", "", 405, "method_not_allowed"},
		{"GET", "/v2", "", "", 404, "not_found"},
		{"POST", "/v1/verify", js, fmt.Sprintf(pair, b64(photo), b64(hosttest.Faceless(t))), 422, "face_not_found"},
		{"POST", one + "/people?strict=1", js, fmt.Sprintf(ada, b64(shrunk(t, group))), 422, "several_faces"},
	} {
		status, got := c.do(x.method, x.path, x.kind, strings.NewReader(x.body))
		if status != x.status || at(got, "error.code") != x.code || at(got, "error.message") == "" {
			t.Errorf("%s %s %.60q: %d %v, want %d %s", x.method, x.path, x.body, status, got, x.status, x.code)
		}
		if s := fmt.Sprint(got); strings.Contains(s, "default.db") || strings.Contains(s, os.TempDir()) {
			t.Errorf("%s %s: the answer names a file: %v", x.method, x.path, got)
		}
	}
	if got := c.want(200, "GET", one, nil); at(got, "faces") != 1.0 {
		t.Errorf("after all that: %v", got)
	}
}

// pngHeader begins a PNG of a size that is not there.
func pngHeader(w, h uint32) string {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, w), h)
	b = append(b, 8, 2, 0, 0, 0)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))) + "\x00\x00\x00\x00IDAT"
}

// shrunk is a photo small enough for the limits of the test.
func shrunk(t testing.TB, photo []byte) []byte {
	t.Helper()
	m, err := embed.DecodeBytes(photo, nil)
	if err != nil {
		t.Fatal(err)
	}
	return encode(t, m, 700)
}
