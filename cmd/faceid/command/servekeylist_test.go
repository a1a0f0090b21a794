package command

import "testing"

func TestServeKeyListFlags(t *testing.T) { testFlags(t, flagless(newServeKeyList), flaglessCases) }
