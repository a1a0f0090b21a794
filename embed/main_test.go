package embed

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"faceid/models"
)

// TestMain lets the test binary be a program of its own, to be watched or measured.
func TestMain(m *testing.M) {
	child := func(name string, run func(string) error) {
		if v := os.Getenv(name); v != "" {
			if err := run(v); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(3)
			}
			os.Exit(0)
		}
	}
	child("EMBED_TEST_SECONDS", embedFor)
	child("EMBED_TEST_PHOTO", photoChild)
	flag.Parse()
	if err := setUp(); err != nil {
		if os.Getenv("FACEID_REQUIRE_ORT") == "1" {
			log.Fatal(err)
		}
		log.Printf("ExamplePipeline_Run is skipped, models are not set up (make setup): %v", err)
		skip := flag.Lookup("test.skip").Value
		if err := skip.Set(strings.TrimPrefix(skip.String()+"|^ExamplePipeline_Run$", "|")); err != nil {
			log.Fatal(err)
		}
	}
	os.Exit(m.Run())
}

// setUp returns an error where the default models, the library or the sample photos are not at hand.
func setUp() error {
	s, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		return err
	}
	return s.Pull(context.Background(), "default", models.RuntimeName, models.SamplesName)
}

// embedFor embeds the sample photos again and again.
func embedFor(seconds string) error {
	n, err := strconv.Atoi(seconds)
	if err != nil {
		return err
	}
	s, err := models.Open(&models.Options{Offline: true})
	if err != nil {
		return err
	}
	pack, err := s.Pack("default")
	if err != nil {
		return err
	}
	p, err := Open(context.Background(), s, pack, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	for end := time.Now().Add(time.Duration(n) * time.Second); ; {
		for ph := range p.Run(context.Background(), Files(strings.Split(os.Getenv("EMBED_TEST_PHOTOS"), "\n")...)) {
			if ph.Err != nil || len(ph.Faces) == 0 {
				return fmt.Errorf("%s: no face, %v", ph.Path, ph.Err)
			}
		}
		if time.Now().After(end) {
			return nil
		}
	}
}
