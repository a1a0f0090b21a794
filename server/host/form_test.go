package host

import (
	"bytes"
	"encoding/base64"
	"errors"
	"mime/multipart"
	"strings"
	"testing"
)

var testLimits = Limits{Photo: 1000, Body: 4000, Photos: 4}

// The same photo comes out however it is sent.
func TestFormWays(t *testing.T) {
	photo := []byte{0xff, 0xd8, 0, '\r', '\n', '-', '-', 0xfe}
	b64, url := base64.StdEncoding.EncodeToString(photo), base64.RawURLEncoding.EncodeToString(photo)
	const multi, disposition = "multipart/form-data", "Content-Disposition: form-data; name=\"image\""
	body := func(head string) string {
		return "--xyz\r\n" + head + "\r\n\r\n" + string(photo) + "\r\n--xyz--\r\n"
	}
	for _, x := range []struct{ name, kind, body string }{
		{"form", multi + "; boundary=xyz", body(disposition + "; filename=\"a.jpg\"\r\nContent-Type: image/jpeg")},
		{"form without the part's type", multi + "; boundary=xyz", body(disposition + "; filename=\"a.jpg\"")},
		{"form without a filename", multi + "; boundary=xyz", body(disposition + "\r\nContent-Type: image/jpeg")},
		{"form without its boundary", multi, body(disposition + "; filename=\"a.jpg\"")},
		{"form with a broken boundary", multi + "; boundary=\"", body(disposition + "; filename=\"a.jpg\"")},
		{"JSON", "application/json", `{"image": "` + b64 + `"}`},
		{"JSON without its type", "", `{"image": "` + b64 + `"}`},
		{"JSON array", "application/json; charset=utf-8", `{"image": ["` + b64 + `"]}`},
		{"JSON, the other alphabet", "application/json", `{"image": "` + url + `"}`},
		{"data URL", "application/json", `{"image": "data:image/jpeg;base64,` + b64 + `"}`},
		{"base64 in lines", "application/json", `{"image": "` + b64[:4] + `\r\n` + b64[4:] + `\n"}`},
		{"alone", "image/jpeg", string(photo)},
		{"alone, of no kind", "application/octet-stream", string(photo)},
	} {
		f, err := readForm(x.kind, strings.NewReader(x.body), testLimits)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if u, err := f.Photo("image"); err != nil || !bytes.Equal(u.Data, photo) {
			t.Errorf("%s: %q, %v", x.name, u.Data, err)
		}
	}
}

func TestFormBounds(t *testing.T) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for range 5 {
		p, _ := w.CreateFormFile("image", "a.jpg")
		p.Write([]byte("x"))
	}
	w.Close()
	code := func(kind, body string) string {
		f, err := readForm(kind, strings.NewReader(body), testLimits)
		if err == nil {
			_, err = f.Photos("image")
		}
		var fault *Fault
		if !errors.As(err, &fault) {
			return "none"
		}
		return fault.Code
	}
	if got := code(w.FormDataContentType(), b.String()); got != "too_many_photos" {
		t.Errorf("five photos where four may come: %s", got)
	}
	if got := code("image/jpeg", strings.Repeat("x", 1001)); got != "photo_too_large" {
		t.Errorf("a large photo: %s", got)
	}
	if got := code("application/json", `{"image": "`+strings.Repeat("A", 1400)+`"}`); got != "photo_too_large" {
		t.Errorf("a large photo in base64: %s", got)
	}
	var many strings.Builder
	for range maxParts + 1 {
		many.WriteString("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n")
	}
	if got := code("multipart/form-data; boundary=x", many.String()+"--x--\r\n"); got != "bad_request" {
		t.Errorf("many parts: %s", got)
	}
}

// Whatever is sent is a form or a mistake of the client's, and holds no more than the limits say.
func FuzzForm(f *testing.F) {
	f.Add(
		"multipart/form-data; boundary=x",
		[]byte("--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nabc\r\n--x--\r\n"),
	)
	f.Add("multipart/form-data", []byte("--x\nContent-Disposition: form-data; name=image\n\n{}\n--x--"))
	f.Add("application/json", []byte(`{"image": ["AAAA", "_-8"], "name": "Ada", "metadata": {"a": [1]}}`))
	f.Add("image/png", []byte("x"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		form, err := readForm(kind, bytes.NewReader(body), testLimits)
		if err != nil {
			if s := FaultOf(err).Status; s < 400 || s > 499 {
				t.Fatalf("status %d: %v", s, err)
			}
			return
		}
		photos, err := form.Photos("image", "file")
		if err != nil && FaultOf(err).Status >= 500 || len(photos) > testLimits.Photos {
			t.Fatalf("%d photos, %v", len(photos), err)
		}
		for _, p := range photos {
			if int64(len(p.Data)) > testLimits.Photo || strings.ContainsAny(p.Filename, "\r\n\x00") {
				t.Fatalf("a photo of %d bytes, %q", len(p.Data), p.Filename)
			}
		}
		form.Text("name")
		form.Object("metadata")
	})
}

// A photo sent as something else: the mistake names what may be sent.
func TestPhotoOfNoKind(t *testing.T) {
	for _, kind := range []string{"text/plain", "text/plain; charset=utf-8", "application/json", "", "text/xml"} {
		_, err := readForm(kind, strings.NewReader("\xff\xd8\xff\xe0 a photo"), testLimits)
		var fault *Fault
		if !errors.As(err, &fault) || !strings.Contains(fault.Hint, "multipart/form-data, application/json or image/") {
			t.Errorf("%q: %+v", kind, fault)
		}
	}
}
