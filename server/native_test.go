package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"faceid/embed"
	"faceid/models"
	"faceid/recognize"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// TestNative walks through everything that the native API does with people, on real photos, and compares each decision
// with recognize's on the same gallery.
func TestNative(t *testing.T) {
	people := hosttest.People(t, 4)
	gallery := filepath.Join(t.TempDir(), "g.db")
	c, _ := serve(t, host.Options{Gallery: gallery})
	const one = "/v1/collections/default"

	if got := c.post(409, one+"/identify", nil, "image", people[0].Photos[2]); at(
		got,
		"error.code",
	) != "nobody_enrolled" {
		t.Errorf("an empty gallery: %v", got)
	}
	if got := c.want(200, "GET", one+"/people", nil); len(got["people"].([]any)) != 0 {
		t.Errorf("an empty gallery: %v", got)
	}

	// Enrol: by form, with photos that cannot be used, and by JSON.
	got := c.post(201, one+"/people", map[string]string{"name": people[0].Name, "metadata": `{"team": 1}`}, "images",
		people[0].Photos[0], hosttest.Faceless(t), []byte("no photo"), people[0].Photos[1], people[0].Photos[0])
	if at(got, "created") != true || len(got["faces"].([]any)) != 3 || at(got, "faces.1.index") != 3.0 ||
		at(got, "faces.2.duplicate") != true {
		t.Errorf("enrolled: %v", got)
	}
	if at(got, "rejected_images.0.index") != 1.0 || at(got, "rejected_images.0.reason") != "face_not_found" ||
		at(got, "rejected_images.1.reason") != "not_a_photo" || at(got, "rejected_images.1.filename") != "2.jpg" {
		t.Errorf("rejected: %v", got["rejected_images"])
	}
	if id(got, "faces.0.id") < 1 || id(got, "faces.1.id") <= id(got, "faces.0.id") || at(got, "person.faces") != 2.0 {
		t.Errorf("ids of faces: %v", got)
	}
	for _, p := range people[1:3] {
		c.want(
			201,
			"POST",
			one+"/people",
			map[string]any{
				"name":   p.Name,
				"images": []string{b64(p.Photos[0]), "data:image/jpeg;base64," + b64(p.Photos[1])},
			},
		)
	}
	if got := c.post(422, one+"/people", map[string]string{"name": "Nobody"}, "images", hosttest.Faceless(t)); at(
		got,
		"error.code",
	) != "face_not_found" {
		t.Errorf("a photo without a face: %v", got)
	}
	again := c.post(201, one+"/people", map[string]string{"name": people[0].Name}, "images", people[0].Photos[0])
	if at(again, "created") != false || at(again, "faces.0.duplicate") != true ||
		id(again, "faces.0.id") != id(got, "faces.0.id") && id(again, "faces.0.id") < 1 {
		t.Errorf("the same photo again: %v", again)
	}

	// The decisions are recognize's.
	r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: gallery, Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i, p := range people { // the fourth is a stranger
		got := c.post(200, one+"/identify?top=3", nil, "image", p.Photos[2])
		for a, err := range r.Identify(t.Context(), slices.Values([]embed.Input{{Data: p.Photos[2]}})) {
			if err != nil {
				t.Fatal(err)
			}
			name := any(nil)
			if a.Person != nil {
				name = a.Person.Name
			}
			where := fmt.Sprint("faces.", a.Number-1)
			score := float32(at(got, where+".nearest.0.score").(float64))
			if at(got, where+".person.name") != name || score != a.Nearest[0].Score ||
				at(got, where+".point.threshold") != a.Threshold || at(got, where+".point.far") != a.FAR ||
				at(got, where+".point.measured_on") != a.On ||
				at(got, "fpir") != a.FPIR {
				t.Errorf("%s: %v, recognize says %v %v", p.Name, got, name, a.Point)
			}
			if i < 3 && a.Number == 1 && name != p.Name {
				t.Errorf("%s is taken for %v", p.Name, name)
			}
		}
	}
	v, err := r.Verify(
		t.Context(),
		embed.Input{Data: people[0].Photos[0]},
		embed.Input{Data: people[0].Photos[2]},
		nil,
	)
	if err != nil {
		t.Fatal(err)
	}
	same := c.want(
		200,
		"POST",
		"/v1/verify",
		map[string]any{"source": b64(people[0].Photos[0]), "target": b64(people[0].Photos[2])},
	)
	if at(same, "same") != v.Same || at(same, "score") != v.Score || at(same, "point.threshold") != v.Threshold ||
		at(same, "point.far") != v.FAR {
		t.Errorf("verify: %v, recognize says %+v", same, v.Point)
	}

	// By embedding.
	emb := c.post(200, "/v1/embed", nil, "image", people[1].Photos[2])
	found := c.want(200, "POST", one+"/search", map[string]any{"embeddings": []any{at(emb, "faces.0.embedding")}})
	byPhoto := c.post(200, one+"/identify", nil, "image", people[1].Photos[2])
	if at(found, "faces.0.person.name") != people[1].Name ||
		math.Abs(
			at(found, "faces.0.nearest.0.score").(float64)-at(byPhoto, "faces.0.nearest.0.score").(float64),
		) > 1e-6 {
		t.Errorf("by embedding %v, by photo %v", found, byPhoto)
	}
	pair := c.want(
		200,
		"POST",
		"/v1/verify",
		map[string]any{
			"source_embedding": at(emb, "faces.0.embedding"),
			"target_embedding": at(emb, "faces.0.embedding"),
		},
	)
	if at(pair, "same") != true || math.Abs(at(pair, "score").(float64)-1) > 1e-6 {
		t.Errorf("an embedding with itself: %v", pair)
	}
	editPeople(c, people)
	transfer(c, r, people)
}

// editPeople renames, merges, moves and removes.
func editPeople(c *client, people []hosttest.Person) {
	t, one := c.t, "/v1/collections/default"
	t.Helper()
	list := c.want(200, "GET", one+"/people?limit=2", nil)
	next := c.want(200, "GET", one+"/people?limit=2&cursor="+at(list, "next").(string), nil)
	if len(list["people"].([]any)) != 2 || len(next["people"].([]any)) != 1 || next["next"] != nil ||
		at(list, "people.0.metadata.team") != 1.0 {
		t.Errorf("pages: %v, %v", list, next)
	}
	first, second := id(list, "people.0.id"), id(list, "people.1.id")
	path := fmt.Sprintf("%s/people/%d", one, first)
	if got := c.want(409, "PATCH", path, map[string]any{"name": people[1].Name}); at(
		got,
		"error.code",
	) != "name_taken" ||
		id(got, "error.details.id") != second {
		t.Errorf("a name that is taken: %v", got)
	}
	if got := c.want(200, "PATCH", path, map[string]any{"name": "Ada", "metadata": nil}); at(got, "name") != "Ada" ||
		at(got, "metadata.team") != nil {
		t.Errorf("renamed: %v", got)
	}
	faces := c.want(200, "GET", path+"/faces?limit=1", nil)
	rest := c.want(200, "GET", path+"/faces?cursor="+at(faces, "next").(string), nil)
	if len(faces["faces"].([]any)) != 1 || len(rest["faces"].([]any)) != 1 {
		t.Errorf("faces: %v, %v", faces, rest)
	}
	face := id(rest, "faces.0.id")
	moved := c.want(200, "POST", fmt.Sprintf("%s/faces/%d/move", one, face), map[string]any{"to": second})
	if at(moved, "templates") != 1.0 || at(c.want(200, "GET", path, nil), "faces") != 1.0 {
		t.Errorf("moved: %v", moved)
	}
	receipt := c.want(200, "DELETE", fmt.Sprintf("%s/faces/%d", one, face), nil)
	checkReceipt(t, receipt, 0, 1)
	c.want(404, "DELETE", fmt.Sprintf("%s/faces/%d", one, face), nil)
	merged := c.want(200, "POST", path+"/merge", map[string]any{"from": []int64{second}})
	if at(merged, "person.faces") != 3.0 || at(merged, "moved.templates") != 2.0 {
		t.Errorf("merged: %v", merged)
	}
	c.want(404, "GET", fmt.Sprintf("%s/people/%d", one, second), nil)
	checkReceipt(t, c.want(200, "DELETE", path, nil), 1, 3)
	c.want(404, "DELETE", path, nil)
}

func checkReceipt(t testing.TB, got map[string]any, people, faces float64) {
	t.Helper()
	if at(got, "removed.people") != people || at(got, "removed.faces") != faces {
		t.Errorf("receipt: %v", got)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var r host.Receipt
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	hash := r.Hash
	r.Hash = ""
	if b, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(b); hash != hex.EncodeToString(sum[:]) {
		t.Errorf("the hash is not the receipt's")
	}
}

// transfer exports a collection, imports it into another, and removes that.
func transfer(c *client, r *recognize.Recognizer, people []hosttest.Person) {
	t := c.t
	t.Helper()
	resp, err := http.Get(c.url + "/v1/collections/default/export")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var want bytes.Buffer
	e, err := r.Gallery(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	format, err := recognize.FormatOf("x.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if err := format.Write(t.Context(), e, &want, nil); err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(file, want.Bytes()) {
		t.Fatalf("the export has %d bytes, recognize's %d: %v", len(file), want.Len(), err)
	}
	c.want(404, "GET", "/v1/collections/copy", nil)
	if got := c.want(201, "POST", "/v1/collections", map[string]any{"name": "copy"}); at(got, "people") != 0.0 ||
		at(got, "model.views") != "mirrored" {
		t.Errorf("created: %v", got)
	}
	c.want(409, "POST", "/v1/collections", map[string]any{"name": "copy"})
	status, got := c.do("POST", "/v1/collections/copy/import", "application/x-ndjson", bytes.NewReader(file))
	if status != 200 || at(got, "added") != 2.0 {
		t.Errorf("imported: %d %v", status, got)
	}
	if status, got := c.do("POST", "/v1/collections/copy/import", "", bytes.NewReader([]byte("{}\nx"))); status != 422 {
		t.Errorf("no export: %d %v", status, got)
	}
	if got := c.post(200, "/v1/collections/copy/identify", nil, "image", people[2].Photos[2]); at(
		got,
		"faces.0.person.name",
	) != people[2].Name {
		t.Errorf("identified in the copy: %v", got)
	}
	if got := c.want(200, "GET", "/v1/collections", nil); at(got, "collections.0.name") != "copy" ||
		at(got, "collections.1.people") != 1.0 {
		t.Errorf("collections: %v", got)
	}
	got = c.want(200, "DELETE", "/v1/collections/copy", nil)
	checkReceipt(t, got, 1, 2)
	c.want(404, "GET", "/v1/collections/copy", nil)
	if got := c.want(200, "GET", "/v1/collections", nil); len(got["collections"].([]any)) != 1 {
		t.Errorf("collections: %v", got)
	}
	c.want(409, "DELETE", "/v1/collections/default", nil)
}
