package embed

import (
	"context"
	"fmt"
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
	child("EMBED_TEST_DECODE", decodeChild)
	child("EMBED_TEST_PHOTO", photoChild)
	os.Exit(m.Run())
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
