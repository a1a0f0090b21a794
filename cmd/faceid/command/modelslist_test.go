package command

import "testing"

func TestModelsListFlags(t *testing.T) { testFlags(t, flagless(newModelsList), flaglessCases) }
