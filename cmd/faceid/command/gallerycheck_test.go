package command

import "testing"

func TestGalleryCheckFlags(t *testing.T) { testFlags(t, flagless(newGalleryCheck), flaglessCases) }
