package command

import "testing"

func TestDoctorFlags(t *testing.T) { testFlags(t, flagless(newDoctor), flaglessCases) }
