package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/pictures"
	"faceid/models"
	"faceid/recognize"
	"faceid/server/host"
	"faceid/server/hosttest"
)

// raw is the body of an answer, with its status and Content-Type.
func (c *client) raw(path string, header ...string) (status int, kind string, body []byte) {
	c.t.Helper()
	req, err := http.NewRequest("GET", c.url+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	if body, err = io.ReadAll(r.Body); err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, r.Header.Get("Content-Type"), body
}

// found are the files below a folder that hold a part of a photo, wherever in it.
func found(t *testing.T, dir string, photo []byte) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for at := len(photo) / 2; at+32 <= len(photo); at += 256 { // behind the header, which photos may share
			if bytes.Contains(b, photo[at:at+32]) {
				files = append(files, path)
				break
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Photos are kept where that is asked for, shown by every door, and go with their templates, byte for byte.
func TestKeepPhotos(t *testing.T) {
	people := hosttest.People(t, 3)
	dir := t.TempDir()
	c, _ := serve(t, host.Options{KeepPhotos: true, Gallery: filepath.Join(dir, "g.db"), Data: filepath.Join(dir, "d")})
	c.want(201, "POST", "/v1/collections", map[string]string{"name": "other"})
	if got := c.want(200, "GET", "/v1/system", nil); got["keeps_photos"] != true {
		t.Error(got)
	}
	const one, other = "/v1/collections/default", "/v1/collections/other"
	a, b := people[0], people[1]
	ann := c.post(201, one+"/people", map[string]string{"name": "Ann"}, "images", a.Photos[0], hosttest.Faceless(t),
		a.Photos[1])
	again := c.post(201, other+"/people", map[string]string{"name": "Ann"}, "images", a.Photos[0])
	for i, n := range []int{2, 1, 0} { // in both collections, in one, in none
		if got := found(t, dir, a.Photos[i]); len(got) != n {
			t.Fatalf("photo %d is in %v", i, got)
		}
	}
	if got := found(t, dir, hosttest.Faceless(t)); len(got) != 0 {
		t.Errorf("a photo that was refused is in %v", got)
	}
	photo := func(in string, face int64) string { return fmt.Sprintf("%s/faces/%d/photo", in, face) }
	face := id(ann, "faces.0.id")
	if s, kind, got := c.raw(photo(one, face)); s != 200 || kind != "image/jpeg" || !bytes.Equal(got, a.Photos[0]) {
		t.Errorf("the photo: %d %s, %d bytes", s, kind, len(got))
	}
	s, kind, cover := c.raw(photo(one, face) + "?cover=true")
	if m, err := jpeg.Decode(bytes.NewReader(cover)); s != 200 || kind != "image/jpeg" || err != nil ||
		m.Bounds().Dx() > 400 || m.Bounds().Dy() < 20 {
		t.Errorf("the cover: %d %s, %d bytes, %v", s, kind, len(cover), err)
	}
	list := c.want(200, "GET", one+"/people", nil)
	if n := id(list, "people.0.cover_face_id"); n != face && n != id(ann, "faces.1.id") {
		t.Errorf("cover %d of %v", n, list)
	}
	faces := c.want(200, "GET", fmt.Sprintf("%s/people/%d/faces", one, id(ann, "person.id")), nil)
	if at(faces, "faces.0.photo_kept") != true {
		t.Error(faces)
	}
	c.want(404, "GET", photo(one, 99), nil)

	// A photo that two people are on stays for the other one.
	ben := c.post(201, one+"/people", map[string]string{"name": "Ben"}, "images", a.Photos[0])
	got := c.want(200, "DELETE", fmt.Sprintf("%s/people/%d", one, id(ann, "person.id")), nil)
	if at(got, "removed.photos") != 1.0 || at(got, "removed.faces") != 2.0 {
		t.Errorf("receipt: %v", got)
	}
	if got := found(t, dir, a.Photos[1]); len(got) != 0 {
		t.Errorf("a deleted person's photo is in %v", got)
	}
	c.want(404, "GET", photo(one, face), nil)
	if s, _, got := c.raw(photo(one, id(ben, "faces.0.id"))); s != 200 || !bytes.Equal(got, a.Photos[0]) {
		t.Errorf("the other one's: %d, %d bytes", s, len(got))
	}
	got = c.want(200, "DELETE", fmt.Sprintf("%s/faces/%d", one, id(ben, "faces.0.id")), nil)
	if at(got, "removed.photos") != 1.0 || len(found(t, dir, a.Photos[0])) != 1 {
		t.Errorf("receipt: %v, photo in %v", got, found(t, dir, a.Photos[0]))
	}

	// Rekognition's faces, and CompreFace's.
	for _, p := range b.Photos[:2] {
		c.rekognition("IndexFaces", map[string]any{"CollectionId": "other", "Image": map[string]string{"Bytes": b64(p)},
			"ExternalImageId": "ben"})
	}
	if n := len(found(t, dir, b.Photos[0])) + len(found(t, dir, b.Photos[1])); n != 2 {
		t.Errorf("%d photos of IndexFaces are kept", n)
	}
	indexed := c.rekognition("ListFaces", map[string]any{"CollectionId": "other"})
	var ids []any
	for i := range 3 {
		if at(indexed, fmt.Sprintf("Faces.%d.ExternalImageId", i)) == "ben" {
			ids = append(ids, at(indexed, fmt.Sprintf("Faces.%d.FaceId", i)))
		}
	}
	c.rekognition("DeleteFaces", map[string]any{"CollectionId": "other", "FaceIds": ids})
	if got := append(found(t, dir, b.Photos[0]), found(t, dir, b.Photos[1])...); len(ids) != 2 || len(got) != 0 {
		t.Errorf("photos of %v are in %v", ids, got)
	}
	added := c.post(201, "/api/v1/recognition/faces?subject=Eve", nil, "file", people[2].Photos[0])
	static := "/api/v1/static/" + host.NewUUID() + "/images/%s"
	for _, path := range []string{"/api/v1/recognition/faces/%s/img", static} {
		s, kind, got := c.raw(fmt.Sprintf(path, added["image_id"]))
		if s != 200 || kind != "image/jpeg" || !bytes.Equal(got, people[2].Photos[0]) {
			t.Errorf("%s: %d %s, %d bytes", path, s, kind, len(got))
		}
	}
	c.want(200, "DELETE", "/api/v1/recognition/subjects/Eve", nil)
	if got := found(t, dir, people[2].Photos[0]); len(got) != 0 {
		t.Errorf("a deleted subject's photo is in %v", got)
	}

	// A collection goes with its photos.
	if s, _, _ := c.raw(photo(other, id(again, "faces.0.id"))); s != 200 {
		t.Errorf("before: %d", s)
	}
	if got := c.want(200, "DELETE", other, nil); at(got, "removed.photos") != 1.0 {
		t.Errorf("receipt: %v", got)
	}
	if got := found(t, dir, a.Photos[0]); len(got) != 0 {
		t.Errorf("a deleted collection's photo is in %v", got)
	}
}

// The cover of a face whose photo lies on its side, or stands on its head, without a word of EXIF stands upright: it is
// that of the upright photo, turned. One that stands stays as it is.
func TestCoverStands(t *testing.T) {
	c, _ := serve(t, host.Options{KeepPhotos: true, Gallery: filepath.Join(t.TempDir(), "g.db")})
	const one = "/v1/collections/default"
	for _, p := range hosttest.People(t, 3) {
		m, err := embed.DecodeBytes(p.Photos[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		var covers [4]*embed.Image
		for quarters, lies := range []*image.NRGBA{m.NRGBA(), imaging.Rotate90(m.NRGBA()), imaging.Rotate180(m.NRGBA()),
			imaging.Rotate270(m.NRGBA())} {
			var b bytes.Buffer
			if err := png.Encode(&b, lies); err != nil {
				t.Fatal(err)
			}
			got := c.post(201, one+"/people", map[string]string{"name": p.Name}, "images", b.Bytes())
			if turn := at(got, "faces.0.face.turn"); turn != float64(90*quarters) {
				t.Errorf("%s: turned by %v, want %d", p.Name, turn, 90*quarters)
			}
			s, _, cover := c.raw(fmt.Sprintf("%s/faces/%d/photo?cover=true", one, id(got, "faces.0.id")))
			if covers[quarters], err = embed.DecodeBytes(cover, nil); s != 200 || err != nil {
				t.Fatal(s, err)
			}
		}
		up := imaging.Resize(covers[0].NRGBA(), 16, 16, imaging.Box)
		for quarters, m := range covers {
			if got := imaging.Resize(m.NRGBA(), 16, 16, imaging.Box); apart(got, up) > 20 {
				t.Errorf("%s, %d quarters: %.1f grey levels from the upright one", p.Name, quarters, apart(got, up))
			}
			if got := imaging.Resize(imaging.Rotate90(m.NRGBA()), 16, 16, imaging.Box); apart(got, up) < 20 {
				t.Errorf("%s: the measure tells nothing: %.1f", p.Name, apart(got, up))
			}
		}
	}
}

// apart is the mean difference of two pictures of one size.
func apart(a, b *image.NRGBA) (mean float64) {
	for i, v := range a.Pix {
		mean += math.Abs(float64(v)-float64(b.Pix[i])) / float64(len(a.Pix))
	}
	return mean
}

func (c *client) rekognition(op string, in any) map[string]any {
	c.t.Helper()
	req, err := http.NewRequest("POST", c.url+"/", jsonOf(c.t, in))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "RekognitionService."+op)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil || r.StatusCode != 200 {
		c.t.Fatalf("%s: %d %v %v", op, r.StatusCode, out, err)
	}
	return out
}

// A key that is not known sees no picture, though it stands in the path.
func TestPhotoNeedsKey(t *testing.T) {
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.json")
	key, err := host.AddKey(keys, "any", host.Admin, "", false)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := serve(t, host.Options{KeepPhotos: true, Gallery: filepath.Join(dir, "g.db"), Keys: keys})
	c.key = key.Key
	photo := hosttest.People(t, 1)[0].Photos[0]
	got := c.post(201, "/v1/collections/default/people", map[string]string{"name": "Ann"}, "images", photo)
	face := id(got, "faces.0.id")
	static := func(key string) string {
		return fmt.Sprintf("/api/v1/static/%s/images/%s", key, host.FaceUUID(host.Default, face))
	}
	for path, want := range map[string]int{static(key.Key): 200, static(host.NewUUID()): 404, static("x"): 400,
		fmt.Sprintf("/v1/collections/default/faces/%d/photo", face): 401} {
		if s, _, b := c.raw(path); s != want || bytes.Equal(b, photo) != (want == 200) {
			t.Errorf("%s: %d, want %d", strings.ReplaceAll(path, key.Key, "KEY"), s, want)
		}
	}
}

// Photos are not kept unless that is asked for; those kept before go with their templates all the same.
func TestPhotosNotKept(t *testing.T) {
	people := hosttest.People(t, 1)
	dir := t.TempDir()
	o := host.Options{Gallery: filepath.Join(dir, "g.db"), Data: filepath.Join(dir, "d")}
	c, h := serve(t, o)
	const one = "/v1/collections/default"
	ann := c.post(201, one+"/people", map[string]string{"name": "Ann"}, "images", people[0].Photos[0])
	face := id(ann, "faces.0.id")
	if got := found(t, dir, people[0].Photos[0]); len(got) != 0 {
		t.Fatalf("kept in %v", got)
	}
	got := c.want(404, "GET", fmt.Sprintf("%s/faces/%d/photo", one, face), nil)
	if at(got, "error.code") != "photo_not_kept" || at(got, "error.hint") == nil {
		t.Error(got)
	}
	// As a server with --keep-photos left it, and one that was killed while it enrolled.
	kept, orphan := people[0].Photos[0], people[0].Photos[1]
	folder := filepath.Join(dir, "g.db.photos")
	gone := filepath.Join(dir, "d", "gone.db.photos") // of a collection that was being deleted
	for _, d := range []string{folder, gone} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]byte{kept, orphan} {
			sum := sha256.Sum256(b)
			if err := os.WriteFile(filepath.Join(d, hex.EncodeToString(sum[:])), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := h.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := found(t, dir, kept), found(t, dir, orphan); len(a) != 1 || len(b) != 0 {
		t.Errorf("after the start: %v, and without a template %v", a, b)
	}
	c.want(404, "GET", fmt.Sprintf("%s/faces/%d/photo", one, face), nil) // not shown
	// Another program, that knows nothing of photos, removes somebody.
	ben := c.post(201, one+"/people", map[string]string{"name": "Ben"}, "images", orphan)
	if err := pictures.Beside(o.Gallery).Put(orphan); err != nil {
		t.Fatal(err)
	}
	r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: o.Gallery,
		Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Remove(t.Context(), gallery.Person{ID: id(ben, "person.id")}); err != nil {
		t.Fatal(err)
	}
	if a, b := found(t, dir, kept), found(t, dir, orphan); len(a) != 1 || len(b) != 0 {
		t.Errorf("after a removal elsewhere: %v, and of the removed %v", a, b)
	}
	got = c.want(200, "DELETE", fmt.Sprintf("%s/people/%d", one, id(ann, "person.id")), nil)
	if at(got, "removed.photos") != 1.0 || len(found(t, dir, kept)) != 0 {
		t.Errorf("receipt: %v, left in %v", got, found(t, dir, kept))
	}
}
