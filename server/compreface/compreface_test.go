package compreface

import (
	"encoding/base64"
	"encoding/json"
	"faceid/embed"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/scale"
	"faceid/server/host"
	"faceid/server/hosttest"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSubjectsAndFaces(t *testing.T) {
	people := hosttest.People(t, 2)
	c := serve(t, host.Options{})
	c.want(200, `{"subjects":[]}`, "GET", "/recognition/subjects/", "")
	c.want(
		200,
		`{"faces":[],"page_number":0,"page_size":20,"total_pages":0,"total_elements":0}`,
		"GET",
		"/recognition/faces",
		"",
	)
	c.want(404, `{"message":"Subject Ann not found","code":42}`, "DELETE", "/recognition/subjects/Ann", "")
	c.want(200, `{"deleted":0}`, "DELETE", "/recognition/faces?subject=Ann", "")
	c.want(201, `{"subject":"Ann"}`, "POST", "/recognition/subjects", `{"subject":"Ann"}`)
	c.want(400, `{"message":"Subject already exists","code":43}`, "POST", "/recognition/subjects", `{"subject":"Ann"}`)
	c.want(
		400,
		`{"message":"Subject must be 1 to 50 characters without ; / \\","code":26}`,
		"POST",
		"/recognition/subjects",
		`{"subject":"a/b"}`,
	)
	var a, b, d imageJSON
	c.get(201, &a, "POST", "/recognition/faces?subject=Ann&det_prob_threshold=0.8", file(people[0].Photos[0]))
	c.get(
		201,
		&b,
		"POST",
		"/recognition/faces?subject=Bob%20Lee?det_prob_threshold=0.8",
		file(people[1].Photos[0]),
	) // one SDK's way
	c.get(201, &d, "POST", "/recognition/faces?subject=Bob%20Lee", file(people[1].Photos[1]))
	c.want(400, `{"message":"No face is found in the given image","code":28}`, "POST",
		"/recognition/faces?subject=Bob%20Lee&det_prob_threshold=1", file(people[1].Photos[2]))
	if a.Subject != "Ann" || b.Subject != "Bob Lee" || !isUUID.MatchString(a.ID) || a.ID == b.ID {
		t.Errorf("%v %v", a, b)
	}
	c.want(200, `{"subjects":["Ann","Bob Lee"]}`, "GET", "/recognition/subjects", "")
	c.want(
		200,
		fmt.Sprintf(
			`{"faces":[{"image_id":%q,"subject":"Bob Lee"}],"page_number":1,"page_size":1,`+
				`"total_pages":2,"total_elements":2}`,
			d.ID,
		),
		"GET",
		"/recognition/faces?page=1&size=1&subject=Bob%20Lee",
		"",
	)
	c.want(404, `{"message":"Image x not found","code":44}`, "DELETE", "/recognition/faces/x", "")
	if status, body := c.send("GET", "/recognition/faces/"+a.ID+"/img", "", nil); status != 200 || body != "" {
		t.Errorf("a picture that is not kept: %d %q", status, body)
	}
	if status, body := c.send("GET", "/static/"+host.NewUUID()+"/images/"+a.ID, "", nil); status != 200 || body != "" {
		t.Errorf("a picture that is not kept: %d %q", status, body)
	}
	c.want(
		400,
		`{"message":"No face is found in the given image","code":28}`,
		"POST",
		"/recognition/faces?subject=X",
		file(hosttest.Faceless(t)),
	)
	c.want(200, `{"subjects":["Ann","Bob Lee"]}`, "GET", "/recognition/subjects", "")
	c.want(200, `{"updated":true}`, "PUT", "/recognition/subjects/Ann", `{"subject":"Eve","api_endpoint":"x"}`)
	c.want(
		404,
		`{"message":"Subject Ann not found","code":42}`,
		"PUT",
		"/recognition/subjects/Ann",
		`{"subject":"Eve"}`,
	)
	c.want(200, `{"updated":true}`, "PUT", "/recognition/subjects/Bob%20Lee", `{"subject":"Eve"}`) // they become one
	c.want(200, `{"subjects":["Eve"]}`, "GET", "/recognition/subjects", "")
	c.want(200, fmt.Sprintf(`{"image_id":%q,"subject":"Eve"}`, b.ID), "DELETE", "/recognition/faces/"+b.ID, "")
	c.want(
		404,
		fmt.Sprintf(`{"message":"Image %s not found","code":44}`, b.ID),
		"DELETE",
		"/recognition/faces/"+b.ID,
		"",
	)
	c.want(
		200,
		fmt.Sprintf(`[{"image_id":%q,"subject":"Eve"}]`, d.ID),
		"POST",
		"/recognition/faces/delete",
		fmt.Sprintf(`["x",%q,%q]`, b.ID, d.ID),
	)
	c.want(200, `{"deleted":1}`, "DELETE", "/recognition/faces", "")
	c.want(200, `{"subject":"Eve"}`, "DELETE", "/recognition/subjects/Eve", "")
	c.want(200, `{"deleted":0}`, "DELETE", "/recognition/subjects", "")
	c.want(200, `{"clientMaxBodySize":10485760,"clientMaxFileSize":5242880}`, "GET", "/config", "")
}

// The decisions are recognize's, in the protocol's similarity.
func TestRecognize(t *testing.T) {
	people := hosttest.People(t, 4)
	gallery := filepath.Join(t.TempDir(), "g.db")
	c := serve(t, host.Options{Gallery: gallery})
	var got recognized
	c.get(200, &got, "POST", "/recognition/recognize", file(people[0].Photos[0]))
	if len(got.Result) == 0 || got.Result[0].Subjects == nil || len(got.Result[0].Subjects) > 0 {
		t.Errorf("nobody is enrolled: %+v", got)
	}
	ids := map[string]string{}
	for _, p := range people[:3] {
		for _, photo := range p.Photos[:2] {
			var at imageJSON
			c.get(201, &at, "POST", "/recognition/faces?subject="+p.Name, file(photo))
			ids[p.Name] = at.ID
		}
	}
	r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: gallery, Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := scale.New(t.Context(), r, 1, anchors...)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range people {
		probe := p.Photos[2]
		c.get(
			200,
			&got,
			"POST",
			"/recognition/recognize?&limit=0&prediction_count=4&status=True&face_plugins=landmarks,age,calculator",
			file(probe),
		)
		if got.Plugins["calculator"] == "" || got.Result[0].Time["detector"] <= 0 ||
			len(got.Result[0].Landmarks) != 5 ||
			len(got.Result[0].Embedding) != 512 {
			t.Errorf("plugins: %+v", got.Plugins)
		}
		for a, err := range r.Identify(t.Context(), slices.Values([]embed.Input{{Data: probe}})) {
			if err != nil {
				t.Fatal(err)
			}
			f := got.Result[a.Number-1]
			if len(f.Subjects) != 4 || f.Subjects[0].Subject != a.Nearest[0].Name {
				t.Errorf("%s: %v, recognize says %v", p.Name, f.Subjects, a.Nearest)
			}
			// Client and recognize agree at the defaults of both: 0.6 is a rate of 1e-4.
			if known := f.Subjects[0].Similarity >= 0.6; known != (a.Person != nil) {
				t.Errorf("%s: similarity %v, recognize says %v", p.Name, f.Subjects[0].Similarity, a.Person)
			}
			if at := s.Of(a.Score); f.Subjects[0].Similarity > at+1e-5 { // less where caution is due
				t.Errorf("%s: similarity %v, of the score %v", p.Name, f.Subjects[0].Similarity, at)
			}
			if !slices.IsSortedFunc(
				f.Subjects,
				func(a, b subjectJSON) int { return compare(b.Similarity, a.Similarity) },
			) {
				t.Errorf("not sorted: %v", f.Subjects)
			}
			if b := f.Box; b["x_min"] >= b["x_max"] || b["y_min"] >= b["y_max"] || b["probability"] <= 0 ||
				b["x_min"] != float64(int(b["x_min"])) {
				t.Errorf("box: %v", b)
			}
		}
		var one recognized
		c.get(200, &one, "POST", "/recognition/faces/"+ids[people[0].Name]+"/verify", file(probe))
		if same := one.Result[0].Similarity >= 0.6; same != (i == 0) || one.Result[0].Subject != people[0].Name {
			t.Errorf("%s beside %s: %+v", p.Name, people[0].Name, one.Result)
		}
		embeddings(c, got.Result[0].Embedding, got.Result[0].Subjects, ids[people[0].Name], i == 0)
	}
	got = recognized{}
	c.get(200, &got, "POST", "/detection/detect?limit=1", file(hosttest.Samples(t)[0]))
	if len(got.Result) != 1 || got.Result[0].Subjects != nil {
		t.Errorf("detect: %+v", got)
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// embeddings asks the same of an embedding as was asked of its photo.
func embeddings(c *client, v []float32, want []subjectJSON, id string, same bool) {
	t := c.t
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	turned := slices.Clone(v)
	slices.Reverse(turned)
	other, err := json.Marshal(turned)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Result []foundJSON }
	c.get(
		200,
		&got,
		"POST",
		"/recognition/embeddings/recognize?prediction_count=-1",
		fmt.Sprintf(`{"embeddings":[%s]}`, b),
	)
	if s := got.Result[0].Similarities; len(s) != 6 || s[0].Subject != want[0].Subject ||
		s[0].Similarity < want[0].Similarity-1e-5 {
		t.Errorf("by embedding %v, by photo %v", s, want)
	}
	var pairs struct{ Result []comparedJSON }
	c.get(200, &pairs, "POST", "/recognition/embeddings/faces/"+id+"/verify", fmt.Sprintf(`{"embeddings":[%s]}`, b))
	if len(pairs.Result) != 1 || (pairs.Result[0].Similarity >= 0.6) != same {
		t.Errorf("an embedding beside a face: %v, want %v", pairs.Result[0].Similarity, same)
	}
	c.get(
		200,
		&pairs,
		"POST",
		"/verification/embeddings/verify",
		fmt.Sprintf(`{"source":%s,"targets":[%s,%[1]s]}`, b, other),
	)
	if len(pairs.Result) != 2 || pairs.Result[0].Similarity < 0.99999 ||
		pairs.Result[1].Similarity > pairs.Result[0].Similarity {
		t.Errorf("an embedding with itself: %v", pairs.Result)
	}
}

func TestVerify(t *testing.T) {
	people := hosttest.People(t, 2)
	c := serve(t, host.Options{})
	send := func(a, b []byte) (int, string) {
		return c.send("POST", "/verification/verify?status=true", "application/json", fmt.Appendf(
			nil,
			`{"source_image": %q, "target_image": %q}`,
			base64.StdEncoding.EncodeToString(a),
			base64.StdEncoding.EncodeToString(b),
		))
	}
	for i, p := range people {
		var got struct{ Result []verifiedJSON }
		status, body := send(people[0].Photos[0], p.Photos[1])
		if err := json.Unmarshal([]byte(body), &got); status != 200 || err != nil || len(got.Result) != 1 {
			t.Fatal(status, body)
		}
		if same := *got.Result[0].Matches[0].Similarity >= 0.6; same != (i == 0) ||
			got.Result[0].Plugins["detector"] == "" {
			t.Errorf("%s with %s: %s", people[0].Name, p.Name, body)
		}
	}
	if status, body := send(hosttest.Samples(t)[0], people[0].Photos[0]); status != 400 ||
		!strings.Contains(body, `"code":31`) {
		t.Errorf("several faces: %d %s", status, body)
	}
	if status, body := send(people[0].Photos[0], hosttest.Faceless(t)); status != 400 ||
		!strings.Contains(body, `"code":28`) {
		t.Errorf("no face: %d %s", status, body)
	}
}
