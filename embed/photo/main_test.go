package photo

import (
	"fmt"
	"os"
	"testing"
)

// TestMain lets the test binary be a program that decodes one file, to be measured.
func TestMain(m *testing.M) {
	if path := os.Getenv("PHOTO_TEST_DECODE"); path != "" {
		if err := decodeChild(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
