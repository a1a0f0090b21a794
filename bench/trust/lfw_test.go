package main

import (
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"faceid/embed"
	"faceid/internal/golden"
	"faceid/models"
)

// TestOtherwise: what is kept is made anew when the pipeline answers otherwise, though models and photos are the same.
func TestOtherwise(t *testing.T) {
	paths, err := golden.LFW(3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if paths == nil {
		t.Skip("LFW is not at hand (FACEID_SHARED)")
	}
	var files []string
	for _, of := range paths {
		files = append(files, of...)
	}
	store, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	pack, err := store.Pack("default")
	if err != nil {
		t.Fatal(err)
	}
	p, err := embed.Open(t.Context(), store, pack, &embed.OpenOptions{Mirror: true})
	if err != nil && os.Getenv("FACEID_REQUIRE_ORT") != "1" {
		t.Skipf("models are not set up (make setup): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Select = embed.SelectCentral
	d, err := embedAll(t.Context(), p, files)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		do   func()
		want bool
	}{
		{"as it was", func() {}, false},
		{"rounded otherwise", func() { d.Row(1)[3] += 1e-5 }, false},
		{"one photo of another crop", func() { d.Row(4)[7] += 0.02 }, true},
		{"a photo without a face then", func() { d.Row(4)[7] -= 0.02; d.Photos[d.Photo[2]] = "another" }, true},
	} {
		c.do()
		if got, err := otherwise(t.Context(), p, files, d); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.what, got, err)
		}
	}
	grey := filepath.Join(t.TempDir(), filepath.Base(files[0]))
	f, err := os.Create(grey)
	if err == nil {
		err = errors.Join(jpeg.Encode(f, image.NewGray(image.Rect(0, 0, 150, 150)), nil), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := otherwise(t.Context(), p, []string{grey}, d); err != nil || !got {
		t.Errorf("a photo with a face then: %v, %v", got, err)
	}
}
