package command

import "testing"

func TestGalleryCompactFlags(t *testing.T) { testFlags(t, flagless(newGalleryCompact), flaglessCases) }
