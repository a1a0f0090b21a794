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
	"faceid/gallery"
	"faceid/internal/golden"
	"faceid/models"
)

// photos is a folder of one-face photos, NAME1.jpg and NAME2.jpg: two photos of one person of LFW where that is at
// hand, else a face of a sample photo as it is and mirrored. It is "" where models, library or samples are not set up.
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
	names := []string{"ada", "grace", "eve"}
	if done, err := copyLFW(ctx, p, dir, names); done || err != nil {
		return err
	}
	for i, name := range names {
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

// copyLFW copies two photos, of one face each, of as many people of LFW as there are names; false where LFW is not at
// hand.
func copyLFW(ctx context.Context, p *Pipeline, dir string, names []string) (bool, error) {
	people, err := golden.LFW(20, 2)
	if err != nil || people == nil {
		return false, err
	}
	for _, paths := range people {
		if len(names) == 0 {
			return true, nil
		}
		var files [][]byte
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				return false, err
			}
			if ph := p.Photo(ctx, embed.Input{Data: b}); ph.Err == nil && len(ph.Faces) == 1 {
				files = append(files, b)
			}
		}
		if len(files) < len(paths) {
			continue
		}
		for k, b := range files {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s%d.jpg", names[0], k+1)), b, 0o600); err != nil {
				return false, err
			}
		}
		names = names[1:]
	}
	return len(names) == 0, nil
}

func writeJPEG(path string, m image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return jpeg.Encode(f, m, &jpeg.Options{Quality: 92})
}

// emptyGallery is a new gallery of the default pack, with the models loaded.
func emptyGallery(t *testing.T) (*Recognizer, *Pipeline, gallery.Engine) {
	t.Helper()
	r := open(t, Options{Gallery: filepath.Join(t.TempDir(), "g.db")})
	p, err := r.Pipeline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.GalleryFor(t.Context(), p.Model())
	if err != nil {
		t.Fatal(err)
	}
	return r, p, e
}
