package command

import "testing"

func TestGalleryStatsFlags(t *testing.T) { testFlags(t, flagless(newGalleryStats), flaglessCases) }
