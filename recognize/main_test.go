package recognize

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/models"
)

// photos is a folder of one-face photos cut from the sample photos, NAME1.jpg as it is and NAME2.jpg mirrored; "" where models,
// library or samples are not set up.
var photos string

// home is the package's own folder.
var home string

// The examples run in the folder of the photos, so that they read as a user's program does.
func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if home, err = os.Getwd(); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "faceid-recognize-")
	if err != nil {
		log.Fatal(err)
	}
	switch err := cutPhotos(dir); {
	case err == nil:
		photos = dir
		if err := os.Chdir(dir); err != nil {
			log.Fatal(err)
		}
	case os.Getenv("FACEID_REQUIRE_ORT") == "1":
		log.Fatal(err)
	default:
		log.Printf("examples are skipped, models are not set up (make setup): %v", err)
		if err := flag.Set("test.skip", "^Example"); err != nil {
			log.Fatal(err)
		}
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// needPhotos skips a test where the models are not set up.
func needPhotos(t *testing.T) {
	t.Helper()
	if photos == "" {
		t.Skip("models, runtime or sample photos are not set up (make setup)")
	}
}

// open opens a Recognizer that is closed with the test.
func open(t *testing.T, o Options) *Recognizer {
	t.Helper()
	if o.Models == nil {
		o.Models = &models.Options{Offline: true}
	}
	r, err := Open(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func cutPhotos(dir string) error {
	ctx := context.Background()
	r, err := Open(ctx, &Options{Plain: true, Models: &models.Options{Offline: true}})
	if err != nil {
		return err
	}
	defer r.Close()
	samples, err := r.Models().Samples(ctx)
	if err != nil {
		return err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	photo := p.Photo(ctx, embed.Input{Path: samples[0]})
	if photo.Err != nil {
		return photo.Err
	}
	m, err := imaging.Open(samples[0], imaging.AutoOrientation(true))
	if err != nil {
		return err
	}
	for i, name := range []string{"ada", "grace", "eve"} {
		f := photo.Faces[i]
		w, h := f.Box.X1-f.Box.X0, f.Box.Y1-f.Box.Y0
		cut := imaging.Crop(m, image.Rect(int(f.Box.X0-w/3), int(f.Box.Y0-h/3), int(f.Box.X1+w/3), int(f.Box.Y1+h/3)))
		cut = imaging.Resize(cut, 0, 240, imaging.Linear)
		for k, m := range []image.Image{cut, imaging.FlipH(cut)} {
			if err := writeJPEG(filepath.Join(dir, fmt.Sprintf("%s%d.jpg", name, k+1)), m); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeJPEG(path string, m image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return jpeg.Encode(f, m, &jpeg.Options{Quality: 92})
}
