package compreface

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"faceid/embed"
	"faceid/models"
	"faceid/recognize"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// A photo that is said to be a face and nothing else is taken for one, where none is found in it.
func TestCrop(t *testing.T) {
	people := hosttest.People(t, 2)
	c := serve(t, host.Options{})
	for i, name := range []string{"Ann", "Ben"} {
		c.get(201, &imageJSON{}, "POST", "/recognition/faces?subject="+name, file(people[i].Photos[0]))
	}
	r, err := recognize.Open(t.Context(), &recognize.Options{Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := r.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := embed.DecodeBytes(people[0].Photos[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Faces(m)
	if err != nil || len(found) != 1 {
		t.Fatal(len(found), err)
	}
	crop, err := embed.Align(m, found[0].Points)
	if err != nil {
		t.Fatal(err)
	}
	cut := crop.NRGBA().SubImage(image.Rect(0, 30, 112, 112)) // without a forehead no detector sees a face
	stretched := jpg(t, embed.FromImage(cut))
	for _, x := range []struct {
		photo  []byte
		query  string
		status int
		best   string
		least  float64
		most   float64
	}{
		{jpg(t, crop), "?detect_faces=false", 200, "Ann", 0.6, 1},
		{hosttest.Faceless(t), "", 400, "", 0, 0},
		{hosttest.Faceless(t), "?detect_faces=false", 200, "", 0, 0.4}, // too poor to tell
		{stretched, "?detect_faces=False&prediction_count=2", 200, "", 0, 1},
	} {
		status, body := c.send("POST", "/recognition/recognize"+x.query, "application/json", []byte(file(x.photo)))
		if status != x.status {
			t.Errorf("%s: %d %s", x.query, status, body)
			continue
		}
		if status != 200 {
			continue
		}
		var got struct{ Result []faceJSON }
		c.get(200, &got, "POST", "/recognition/recognize"+x.query, file(x.photo))
		if len(got.Result) != 1 || len(*got.Result[0].Subjects) == 0 {
			t.Errorf("%s: %+v", x.query, got)
			continue
		}
		best := (*got.Result[0].Subjects)[0]
		if x.best != "" && best.Subject != x.best || best.Similarity < x.least || best.Similarity > x.most {
			t.Errorf("%s: %+v, want %s from %v to %v", x.query, best, x.best, x.least, x.most)
		}
	}
}

func jpg(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
