package compreface

import (
	"encoding/json"
	"faceid/server/host"
	"faceid/server/hosttest"
	"path/filepath"
	"testing"
)

// Mistakes have the protocol's codes.
func TestErrors(t *testing.T) {
	hosttest.People(t, 1)
	keys := filepath.Join(t.TempDir(), "keys.json")
	made, err := host.AddKey(keys, "a", host.Enrol, "", false)
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, host.Options{Keys: keys})
	c.want(400, `{"message":"Missing header: x-api-key","code":20}`, "GET", "/recognition/subjects", "")
	c.key = "x"
	c.want(400, `{"message":"Service API key should be UUID","code":26}`, "GET", "/recognition/subjects", "")
	c.key = host.NewUUID()
	c.want(
		404,
		`{"message":"Detection service with API Key `+c.key+` not found","code":10}`,
		"POST",
		"/detection/detect",
		"",
	)
	c.key = made.Key
	nobody := "/recognition/embeddings/faces/" + host.FaceUUID("default", 9) + "/verify"
	for _, x := range []struct {
		method, path, kind, body string
		status, code             int
	}{
		{"POST", "/recognition/faces", "application/json", "{}", 400, 33},
		{"POST", "/recognition/faces?subject=a", "application/json", "{}", 400, 34},
		{"POST", "/recognition/faces?subject=a", "application/json", `{"file":"!"}`, 400, 21},
		{"POST", "/recognition/faces?subject=a", "application/json", `{"file":"aGVsbG8="}`, 400, 21},
		{"POST", "/recognition/faces?subject=a%2Fb", "application/json", `{}`, 400, 26},
		{"POST", "/recognition/recognize?prediction_count=0", "application/json", `{}`, 400, 26},
		{"POST", "/recognition/recognize?det_prob_threshold=7", "application/json", `{}`, 400, 26},
		{"POST", "/recognition/recognize", "multipart/form-data", "--x\r\nContent-Disp", 400, 0},
		{"POST", "/recognition/recognize", "text/html", "x", 415, 0},
		{"POST", "/recognition/embeddings/recognize", "application/json", `{"embeddings":[]}`, 400, 26},
		{"POST", "/verification/embeddings/verify", "application/json", `{"source":[0],"targets":[[1]]}`, 400, 26},
		{"POST", nobody, "application/json", `{"embeddings":[[1]]}`, 404, 44},
		{"POST", "/recognition/faces/delete", "application/json", `{}`, 400, 26},
		{"DELETE", "/recognition/subjects", "", "", 403, 0}, // this key may not empty a collection
		{"DELETE", "/recognition/faces", "", "", 403, 0},
		{"PATCH", "/recognition/subjects", "", "", 404, 0},
		{"GET", "/nothing", "", "", 404, 0},
	} {
		status, got := c.send(x.method, x.path, x.kind, []byte(x.body))
		var e errorJSON
		if err := json.Unmarshal([]byte(got), &e); err != nil || status != x.status || e.Code != x.code ||
			e.Message == "" {
			t.Errorf("%s %s %s: %d %s, want %d %d", x.method, x.path, x.body, status, got, x.status, x.code)
		}
	}
}
