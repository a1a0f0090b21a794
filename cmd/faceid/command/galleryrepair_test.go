package command

import "testing"

func TestGalleryRepairFlags(t *testing.T) { testFlags(t, flagless(newGalleryRepair), flaglessCases) }
