// Package hosttest gives the tests of a server what they work with: photos of real people, and a server with the real
// models.
package hosttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/internal/golden"
	"faceid/models"
	"faceid/recognize"
	"faceid/server/host"
)

// Person is somebody with photos of one face each.
type Person struct {
	Name   string
	Photos [][]byte
}

// enough are the people that are looked for; tests may ask for fewer. The sample photos have no more.
const enough, each = 6, 3

var find = sync.OnceValues(func() ([]Person, error) {
	ctx := context.Background()
	r, err := recognize.Open(ctx, &recognize.Options{Plain: true, Models: &models.Options{Offline: true}})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	people, err := fromLFW(ctx, p)
	if err != nil || people != nil {
		return people, err
	}
	return fromSamples(ctx, r, p)
})

// People are n people with three photos each, of LFW where that is at hand, else faces of a sample photo as they are,
// mirrored and shrunk. Where the models are not set up the test is skipped, or fails with FACEID_REQUIRE_ORT=1.
func People(t testing.TB, n int) []Person {
	t.Helper()
	people, err := find()
	if err != nil && os.Getenv("FACEID_REQUIRE_ORT") != "1" &&
		(errors.Is(err, models.ErrMissing) || errors.Is(err, embed.ErrRuntime)) {
		t.Skipf("models, runtime or sample photos are not set up (make setup): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(people) < n {
		t.Fatalf("%d people at hand, %d wanted", len(people), n)
	}
	return people[:n]
}

// good tells whether a photo has one face, good enough to tell.
func good(ctx context.Context, p *recognize.Pipeline, b []byte) bool {
	ph := p.Photo(ctx, embed.Input{Data: b})
	return ph.Err == nil && len(ph.Faces) == 1 && recognize.TooPoor(ph.Faces[0]) == nil
}

func fromLFW(ctx context.Context, p *recognize.Pipeline) ([]Person, error) {
	list, err := golden.LFW(4*enough, each)
	if err != nil || list == nil {
		return nil, err
	}
	var people []Person
	for _, paths := range list {
		one := Person{Name: filepath.Base(filepath.Dir(paths[0]))}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			if good(ctx, p, b) {
				one.Photos = append(one.Photos, b)
			}
		}
		if len(one.Photos) == each {
			people = append(people, one)
		}
		if len(people) == enough {
			break
		}
	}
	return people, nil
}

func fromSamples(ctx context.Context, r *recognize.Recognizer, p *recognize.Pipeline) ([]Person, error) {
	samples, err := r.Models().Samples(ctx)
	if err != nil {
		return nil, err
	}
	var people []Person
	for _, path := range samples {
		m, err := imaging.Open(path, imaging.AutoOrientation(true))
		if err != nil {
			return nil, err
		}
		for _, f := range p.Photo(ctx, embed.Input{Path: path}).Faces {
			w, h := f.Box.X1-f.Box.X0, f.Box.Y1-f.Box.Y0
			cut := imaging.Resize(
				imaging.Crop(
					m,
					image.Rect(int(f.Box.X0-w/3), int(f.Box.Y0-h/3), int(f.Box.X1+w/3), int(f.Box.Y1+h/3)),
				),
				0,
				240,
				imaging.Linear,
			)
			one := Person{Name: fmt.Sprintf("Person_%d", len(people)+1)}
			for _, m := range []image.Image{cut, imaging.FlipH(cut), imaging.Resize(cut, 0, 180, imaging.Linear)} {
				var b bytes.Buffer
				if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
					return nil, err
				}
				if good(ctx, p, b.Bytes()) {
					one.Photos = append(one.Photos, b.Bytes())
				}
			}
			if len(one.Photos) == each {
				people = append(people, one)
			}
		}
	}
	return people, nil
}

// Samples are the group photos of the catalogue.
func Samples(t testing.TB) [][]byte {
	t.Helper()
	People(t, 1) // or the test is skipped
	s, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	paths, err := s.Samples(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// Faceless is a picture without a face.
func Faceless(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 200, 160)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Open opens a host with a default gallery and a folder of collections in a folder of the test's, closed with it.
// Options are as they are but for what is not set.
func Open(t testing.TB, o host.Options) *host.Host {
	t.Helper()
	dir := t.TempDir()
	if o.Gallery == "" {
		o.Gallery = filepath.Join(dir, "default.db")
	}
	if o.Data == "" {
		o.Data = filepath.Join(dir, "data")
	}
	o.Recognize.Models = &models.Options{Offline: true}
	h, err := host.Open(&o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}
