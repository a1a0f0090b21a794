package command

import "testing"

func TestGalleryListFlags(t *testing.T) { testFlags(t, flagless(newGalleryList), flaglessCases) }
